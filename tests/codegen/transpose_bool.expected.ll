define void @kernel(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) #0 {
entry:
  %v0 = getelementptr ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0
  %v2 = getelementptr ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2
  %v4 = getelementptr i64, ptr %parameters, i64 0
  %v5 = load i64, ptr %v4
  %v6 = getelementptr i64, ptr %parameters, i64 1
  %v7 = load i64, ptr %v6
  %v8 = icmp slt i64 %begin, %end
  %v13 = add i64 %v7, 63
  %v14 = udiv i64 %v13, 64
  %v58 = insertelement <64 x i64> poison, i64 %v5, i64 0
  %v59 = shufflevector <64 x i64> %v58, <64 x i64> poison, <64 x i32> zeroinitializer
  %v60 = mul <64 x i64> %v59, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12, i64 13, i64 14, i64 15, i64 16, i64 17, i64 18, i64 19, i64 20, i64 21, i64 22, i64 23, i64 24, i64 25, i64 26, i64 27, i64 28, i64 29, i64 30, i64 31, i64 32, i64 33, i64 34, i64 35, i64 36, i64 37, i64 38, i64 39, i64 40, i64 41, i64 42, i64 43, i64 44, i64 45, i64 46, i64 47, i64 48, i64 49, i64 50, i64 51, i64 52, i64 53, i64 54, i64 55, i64 56, i64 57, i64 58, i64 59, i64 60, i64 61, i64 62, i64 63>
  %v68 = mul i64 %v5, 64
  %v69 = getelementptr i8, ptr %v1, i64 %v68
  %v77 = mul i64 %v5, 128
  %v78 = getelementptr i8, ptr %v1, i64 %v77
  %v86 = mul i64 %v5, 192
  %v87 = getelementptr i8, ptr %v1, i64 %v86
  br i1 %v8, label %block9, label %block10
block9:
  %v11 = phi i64 [ %begin, %entry ], [ %v12, %block25 ]
  %v15 = icmp eq i64 %v14, 0
  %v16 = select i1 %v15, i64 1, i64 %v14
  %v17 = udiv i64 %v11, %v16
  %v18 = select i1 %v15, i64 0, i64 %v17
  %v19 = mul i64 %v18, 64
  %v20 = add i64 %v19, 64
  %v21 = icmp slt i64 %v5, %v20
  %v22 = select i1 %v21, i64 %v5, i64 %v20
  %v23 = icmp slt i64 %v19, %v22
  %v28 = icmp eq i64 %v14, 0
  %v29 = select i1 %v28, i64 1, i64 %v14
  %v30 = urem i64 %v11, %v29
  %v31 = select i1 %v28, i64 0, i64 %v30
  %v32 = mul i64 %v31, 64
  %v33 = mul i64 %v31, -64
  %v34 = add i64 %v32, 64
  %v35 = icmp slt i64 %v7, %v34
  %v36 = select i1 %v35, i64 %v7, i64 %v34
  %v37 = add i64 %v33, %v36
  %v38 = sdiv i64 %v37, 256
  %v39 = mul i64 %v38, 256
  %v40 = sub i64 %v37, %v39
  %v41 = xor i64 %v40, 256
  %v42 = icmp slt i64 %v41, 0
  %v43 = icmp ne i64 %v40, 0
  %v44 = and i1 %v42, %v43
  %v45 = sub i64 %v38, 1
  %v46 = select i1 %v44, i64 %v45, i64 %v38
  %v47 = mul i64 %v46, 256
  %v48 = mul i64 %v31, 64
  %v49 = add i64 %v47, %v48
  br i1 %v23, label %block24, label %block25
block24:
  %v26 = phi i64 [ %v19, %block9 ], [ %v27, %block98 ]
  %v50 = icmp slt i64 %v32, %v49
  %v55 = getelementptr i8, ptr %v1, i64 %v26
  %v65 = mul i64 %v26, %v7
  %v66 = getelementptr i8, ptr %v3, i64 %v65
  %v70 = getelementptr i8, ptr %v69, i64 %v26
  %v79 = getelementptr i8, ptr %v78, i64 %v26
  %v88 = getelementptr i8, ptr %v87, i64 %v26
  br i1 %v50, label %block51, label %block52
block51:
  %v53 = phi i64 [ %v32, %block24 ], [ %v54, %block51 ]
  %v56 = mul i64 %v53, %v5
  %v57 = getelementptr i8, ptr %v55, i64 %v56
  %v61 = getelementptr i8, ptr %v57, <64 x i64> %v60
  %v62 = call <64 x i8> @llvm.masked.gather.v64i8.v64p0(<64 x ptr> %v61, i32 1, <64 x i1> splat (i1 true), <64 x i8> poison)
  %v63 = icmp ne <64 x i8> %v62, zeroinitializer
  %v64 = zext <64 x i1> %v63 to <64 x i8>
  %v67 = getelementptr i8, ptr %v66, i64 %v53
  store <64 x i8> %v64, ptr %v67, align 1
  %v71 = getelementptr i8, ptr %v70, i64 %v56
  %v72 = getelementptr i8, ptr %v71, <64 x i64> %v60
  %v73 = call <64 x i8> @llvm.masked.gather.v64i8.v64p0(<64 x ptr> %v72, i32 1, <64 x i1> splat (i1 true), <64 x i8> poison)
  %v74 = icmp ne <64 x i8> %v73, zeroinitializer
  %v75 = zext <64 x i1> %v74 to <64 x i8>
  %v76 = getelementptr i8, ptr %v67, i64 64
  store <64 x i8> %v75, ptr %v76, align 1
  %v80 = getelementptr i8, ptr %v79, i64 %v56
  %v81 = getelementptr i8, ptr %v80, <64 x i64> %v60
  %v82 = call <64 x i8> @llvm.masked.gather.v64i8.v64p0(<64 x ptr> %v81, i32 1, <64 x i1> splat (i1 true), <64 x i8> poison)
  %v83 = icmp ne <64 x i8> %v82, zeroinitializer
  %v84 = zext <64 x i1> %v83 to <64 x i8>
  %v85 = getelementptr i8, ptr %v67, i64 128
  store <64 x i8> %v84, ptr %v85, align 1
  %v89 = getelementptr i8, ptr %v88, i64 %v56
  %v90 = getelementptr i8, ptr %v89, <64 x i64> %v60
  %v91 = call <64 x i8> @llvm.masked.gather.v64i8.v64p0(<64 x ptr> %v90, i32 1, <64 x i1> splat (i1 true), <64 x i8> poison)
  %v92 = icmp ne <64 x i8> %v91, zeroinitializer
  %v93 = zext <64 x i1> %v92 to <64 x i8>
  %v94 = getelementptr i8, ptr %v67, i64 192
  store <64 x i8> %v93, ptr %v94, align 1
  %v54 = add nsw i64 %v53, 256
  %v95 = icmp slt i64 %v54, %v49
  br i1 %v95, label %block51, label %block52
block52:
  %v96 = icmp slt i64 %v49, %v36
  br i1 %v96, label %block97, label %block98
block97:
  %v99 = phi i64 [ %v49, %block52 ], [ %v100, %block97 ]
  %v101 = mul i64 %v99, -1
  %v102 = add i64 %v101, %v36
  %v103 = icmp slt i64 %v102, 64
  %v104 = select i1 %v103, i64 %v102, i64 64
  %v105 = icmp sgt i64 %v104, 0
  %v106 = select i1 %v105, i64 %v104, i64 0
  %v107 = trunc i64 %v106 to i8
  %v108 = insertelement <64 x i8> poison, i8 %v107, i64 0
  %v109 = shufflevector <64 x i8> %v108, <64 x i8> poison, <64 x i32> zeroinitializer
  %v110 = icmp ugt <64 x i8> %v109, <i8 0, i8 1, i8 2, i8 3, i8 4, i8 5, i8 6, i8 7, i8 8, i8 9, i8 10, i8 11, i8 12, i8 13, i8 14, i8 15, i8 16, i8 17, i8 18, i8 19, i8 20, i8 21, i8 22, i8 23, i8 24, i8 25, i8 26, i8 27, i8 28, i8 29, i8 30, i8 31, i8 32, i8 33, i8 34, i8 35, i8 36, i8 37, i8 38, i8 39, i8 40, i8 41, i8 42, i8 43, i8 44, i8 45, i8 46, i8 47, i8 48, i8 49, i8 50, i8 51, i8 52, i8 53, i8 54, i8 55, i8 56, i8 57, i8 58, i8 59, i8 60, i8 61, i8 62, i8 63>
  %v111 = mul i64 %v99, %v5
  %v112 = getelementptr i8, ptr %v55, i64 %v111
  %v113 = getelementptr i8, ptr %v112, <64 x i64> %v60
  %v114 = call <64 x i8> @llvm.masked.gather.v64i8.v64p0(<64 x ptr> %v113, i32 1, <64 x i1> %v110, <64 x i8> zeroinitializer)
  %v115 = icmp ne <64 x i8> %v114, zeroinitializer
  %v116 = zext <64 x i1> %v115 to <64 x i8>
  %v117 = getelementptr i8, ptr %v66, i64 %v99
  call void @llvm.masked.store.v64i8.p0(<64 x i8> %v116, ptr %v117, i32 1, <64 x i1> %v110)
  %v100 = add nsw i64 %v99, 64
  %v118 = icmp slt i64 %v100, %v36
  br i1 %v118, label %block97, label %block98
block98:
  %v27 = add nsw i64 %v26, 1
  %v119 = icmp slt i64 %v27, %v22
  br i1 %v119, label %block24, label %block25
block25:
  %v12 = add nsw i64 %v11, 1
  %v120 = icmp slt i64 %v12, %end
  br i1 %v120, label %block9, label %block10
block10:
  ret void
}

declare <64 x i8> @llvm.masked.gather.v64i8.v64p0(<64 x ptr>, i32 immarg, <64 x i1>, <64 x i8>)
declare void @llvm.masked.store.v64i8.p0(<64 x i8>, ptr, i32 immarg, <64 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
