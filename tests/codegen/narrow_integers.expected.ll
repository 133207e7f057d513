define void @kernel(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) #0 {
entry:
  %v0 = getelementptr ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0
  %v2 = getelementptr ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2
  %v4 = getelementptr ptr, ptr %buffers, i64 2
  %v5 = load ptr, ptr %v4
  %v6 = getelementptr ptr, ptr %buffers, i64 3
  %v7 = load ptr, ptr %v6
  %v8 = getelementptr ptr, ptr %buffers, i64 4
  %v9 = load ptr, ptr %v8
  %v10 = getelementptr ptr, ptr %buffers, i64 5
  %v11 = load ptr, ptr %v10
  %v12 = getelementptr i64, ptr %parameters, i64 0
  %v13 = load i64, ptr %v12
  %v14 = icmp slt i64 %begin, %end
  br i1 %v14, label %block15, label %block16
block15:
  %v17 = phi i64 [ %begin, %entry ], [ %v18, %block92 ]
  %v19 = mul i64 %v17, 4096
  %v20 = add i64 %v19, 4096
  %v21 = icmp slt i64 %v13, %v20
  %v22 = select i1 %v21, i64 %v13, i64 %v20
  %v23 = udiv i64 %v22, 32
  %v24 = mul i64 %v23, 32
  %v25 = icmp slt i64 %v19, %v24
  br i1 %v25, label %block26, label %block27
block26:
  %v28 = phi i64 [ %v19, %block15 ], [ %v29, %block26 ]
  %v30 = getelementptr i8, ptr %v1, i64 %v28
  %v31 = load <16 x i8>, ptr %v30, align 1
  %v32 = getelementptr i8, ptr %v3, i64 %v28
  %v33 = load <16 x i8>, ptr %v32, align 1
  %v34 = icmp eq <16 x i8> %v33, zeroinitializer
  %v35 = select <16 x i1> %v34, <16 x i8> splat (i8 1), <16 x i8> %v33
  %v36 = udiv <16 x i8> %v31, %v35
  %v37 = select <16 x i1> %v34, <16 x i8> zeroinitializer, <16 x i8> %v36
  %v38 = icmp ult <16 x i8> %v33, splat (i8 8)
  %v39 = shl <16 x i8> %v31, %v33
  %v40 = select <16 x i1> %v38, <16 x i8> %v39, <16 x i8> zeroinitializer
  %v41 = icmp ult <16 x i8> %v33, splat (i8 8)
  %v42 = lshr <16 x i8> %v31, %v33
  %v43 = select <16 x i1> %v41, <16 x i8> %v42, <16 x i8> zeroinitializer
  %v44 = xor <16 x i8> %v37, %v40
  %v45 = add <16 x i8> %v44, %v43
  %v46 = insertelement <16 x i64> poison, i64 %v28, i64 0
  %v47 = shufflevector <16 x i64> %v46, <16 x i64> poison, <16 x i32> zeroinitializer
  %v48 = add <16 x i64> %v47, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12, i64 13, i64 14, i64 15>
  %v49 = mul <16 x i64> %v48, splat (i64 3)
  %v50 = add <16 x i64> %v49, splat (i64 2)
  %v51 = trunc <16 x i64> %v50 to <16 x i8>
  %v52 = mul <16 x i8> %v45, %v51
  %v53 = call <16 x i8> @llvm.umax.v16i8(<16 x i8> %v52, <16 x i8> %v45)
  %v54 = getelementptr i8, ptr %v5, i64 %v28
  store <16 x i8> %v53, ptr %v54, align 1
  %v55 = getelementptr i8, ptr %v7, i64 %v28
  store <16 x i8> %v31, ptr %v55, align 1
  %v56 = uitofp <16 x i8> %v31 to <16 x float>
  %v57 = getelementptr float, ptr %v9, i64 %v28
  store <16 x float> %v56, ptr %v57, align 4
  %v58 = icmp ult <16 x i8> %v31, %v33
  %v59 = zext <16 x i1> %v58 to <16 x i8>
  %v60 = getelementptr i8, ptr %v11, i64 %v28
  store <16 x i8> %v59, ptr %v60, align 1
  %v61 = getelementptr i8, ptr %v30, i64 16
  %v62 = load <16 x i8>, ptr %v61, align 1
  %v63 = getelementptr i8, ptr %v32, i64 16
  %v64 = load <16 x i8>, ptr %v63, align 1
  %v65 = icmp eq <16 x i8> %v64, zeroinitializer
  %v66 = select <16 x i1> %v65, <16 x i8> splat (i8 1), <16 x i8> %v64
  %v67 = udiv <16 x i8> %v62, %v66
  %v68 = select <16 x i1> %v65, <16 x i8> zeroinitializer, <16 x i8> %v67
  %v69 = icmp ult <16 x i8> %v64, splat (i8 8)
  %v70 = shl <16 x i8> %v62, %v64
  %v71 = select <16 x i1> %v69, <16 x i8> %v70, <16 x i8> zeroinitializer
  %v72 = icmp ult <16 x i8> %v64, splat (i8 8)
  %v73 = lshr <16 x i8> %v62, %v64
  %v74 = select <16 x i1> %v72, <16 x i8> %v73, <16 x i8> zeroinitializer
  %v75 = xor <16 x i8> %v68, %v71
  %v76 = add <16 x i8> %v75, %v74
  %v77 = mul <16 x i64> %v48, splat (i64 3)
  %v78 = add <16 x i64> %v77, splat (i64 50)
  %v79 = trunc <16 x i64> %v78 to <16 x i8>
  %v80 = mul <16 x i8> %v76, %v79
  %v81 = call <16 x i8> @llvm.umax.v16i8(<16 x i8> %v80, <16 x i8> %v76)
  %v82 = getelementptr i8, ptr %v54, i64 16
  store <16 x i8> %v81, ptr %v82, align 1
  %v83 = getelementptr i8, ptr %v55, i64 16
  store <16 x i8> %v62, ptr %v83, align 1
  %v84 = uitofp <16 x i8> %v62 to <16 x float>
  %v85 = getelementptr float, ptr %v57, i64 16
  store <16 x float> %v84, ptr %v85, align 4
  %v86 = icmp ult <16 x i8> %v62, %v64
  %v87 = zext <16 x i1> %v86 to <16 x i8>
  %v88 = getelementptr i8, ptr %v60, i64 16
  store <16 x i8> %v87, ptr %v88, align 1
  %v29 = add nsw i64 %v28, 32
  %v89 = icmp slt i64 %v29, %v24
  br i1 %v89, label %block26, label %block27
block27:
  %v90 = icmp slt i64 %v24, %v22
  br i1 %v90, label %block91, label %block92
block91:
  %v93 = phi i64 [ %v24, %block27 ], [ %v94, %block91 ]
  %v95 = mul i64 %v93, -1
  %v96 = add i64 %v95, %v22
  %v97 = icmp slt i64 %v96, 16
  %v98 = select i1 %v97, i64 %v96, i64 16
  %v99 = icmp sgt i64 %v98, 0
  %v100 = select i1 %v99, i64 %v98, i64 0
  %v101 = trunc i64 %v100 to i32
  %v102 = insertelement <16 x i32> poison, i32 %v101, i64 0
  %v103 = shufflevector <16 x i32> %v102, <16 x i32> poison, <16 x i32> zeroinitializer
  %v104 = icmp ugt <16 x i32> %v103, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v105 = getelementptr i8, ptr %v1, i64 %v93
  %v106 = call <16 x i8> @llvm.masked.load.v16i8.p0(ptr %v105, i32 1, <16 x i1> %v104, <16 x i8> zeroinitializer)
  %v107 = getelementptr i8, ptr %v3, i64 %v93
  %v108 = call <16 x i8> @llvm.masked.load.v16i8.p0(ptr %v107, i32 1, <16 x i1> %v104, <16 x i8> zeroinitializer)
  %v109 = icmp eq <16 x i8> %v108, zeroinitializer
  %v110 = select <16 x i1> %v109, <16 x i8> splat (i8 1), <16 x i8> %v108
  %v111 = udiv <16 x i8> %v106, %v110
  %v112 = select <16 x i1> %v109, <16 x i8> zeroinitializer, <16 x i8> %v111
  %v113 = icmp ult <16 x i8> %v108, splat (i8 8)
  %v114 = shl <16 x i8> %v106, %v108
  %v115 = select <16 x i1> %v113, <16 x i8> %v114, <16 x i8> zeroinitializer
  %v116 = icmp ult <16 x i8> %v108, splat (i8 8)
  %v117 = lshr <16 x i8> %v106, %v108
  %v118 = select <16 x i1> %v116, <16 x i8> %v117, <16 x i8> zeroinitializer
  %v119 = xor <16 x i8> %v112, %v115
  %v120 = add <16 x i8> %v119, %v118
  %v121 = insertelement <16 x i64> poison, i64 %v93, i64 0
  %v122 = shufflevector <16 x i64> %v121, <16 x i64> poison, <16 x i32> zeroinitializer
  %v123 = add <16 x i64> %v122, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12, i64 13, i64 14, i64 15>
  %v124 = mul <16 x i64> %v123, splat (i64 3)
  %v125 = add <16 x i64> %v124, splat (i64 2)
  %v126 = trunc <16 x i64> %v125 to <16 x i8>
  %v127 = mul <16 x i8> %v120, %v126
  %v128 = call <16 x i8> @llvm.umax.v16i8(<16 x i8> %v127, <16 x i8> %v120)
  %v129 = getelementptr i8, ptr %v5, i64 %v93
  call void @llvm.masked.store.v16i8.p0(<16 x i8> %v128, ptr %v129, i32 1, <16 x i1> %v104)
  %v130 = getelementptr i8, ptr %v7, i64 %v93
  call void @llvm.masked.store.v16i8.p0(<16 x i8> %v106, ptr %v130, i32 1, <16 x i1> %v104)
  %v131 = uitofp <16 x i8> %v106 to <16 x float>
  %v132 = getelementptr float, ptr %v9, i64 %v93
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v131, ptr %v132, i32 4, <16 x i1> %v104)
  %v133 = icmp ult <16 x i8> %v106, %v108
  %v134 = zext <16 x i1> %v133 to <16 x i8>
  %v135 = getelementptr i8, ptr %v11, i64 %v93
  call void @llvm.masked.store.v16i8.p0(<16 x i8> %v134, ptr %v135, i32 1, <16 x i1> %v104)
  %v94 = add nsw i64 %v93, 16
  %v136 = icmp slt i64 %v94, %v22
  br i1 %v136, label %block91, label %block92
block92:
  %v18 = add nsw i64 %v17, 1
  %v137 = icmp slt i64 %v18, %end
  br i1 %v137, label %block15, label %block16
block16:
  ret void
}

declare <16 x i8> @llvm.masked.load.v16i8.p0(ptr, i32 immarg, <16 x i1>, <16 x i8>)
declare <16 x i8> @llvm.umax.v16i8(<16 x i8>, <16 x i8>)
declare void @llvm.masked.store.v16f32.p0(<16 x float>, ptr, i32 immarg, <16 x i1>)
declare void @llvm.masked.store.v16i8.p0(<16 x i8>, ptr, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
