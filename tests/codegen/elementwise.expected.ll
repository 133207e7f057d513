define void @kernel(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) #0 {
entry:
  %v0 = getelementptr ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0
  %v2 = getelementptr ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2
  %v4 = getelementptr ptr, ptr %buffers, i64 2
  %v5 = load ptr, ptr %v4
  %v6 = getelementptr i64, ptr %parameters, i64 0
  %v7 = load i64, ptr %v6
  %v8 = icmp slt i64 %begin, %end
  br i1 %v8, label %block9, label %block10
block9:
  %v11 = phi i64 [ %begin, %entry ], [ %v12, %block95 ]
  %v13 = mul i64 %v11, 4096
  %v14 = add i64 %v13, 4096
  %v15 = icmp slt i64 %v7, %v14
  %v16 = select i1 %v15, i64 %v7, i64 %v14
  %v17 = udiv i64 %v16, 64
  %v18 = mul i64 %v17, 64
  %v19 = icmp slt i64 %v13, %v18
  br i1 %v19, label %block20, label %block21
block20:
  %v22 = phi i64 [ %v13, %block9 ], [ %v23, %block20 ]
  %v24 = getelementptr float, ptr %v1, i64 %v22
  %v25 = load <16 x float>, ptr %v24, align 64
  %v26 = getelementptr float, ptr %v3, i64 %v22
  %v27 = load <16 x float>, ptr %v26, align 64
  %v28 = fmul <16 x float> %v25, %v27
  %v29 = fcmp ogt <16 x float> %v28, %v25
  %v30 = select <16 x i1> %v29, <16 x float> %v28, <16 x float> %v25
  %v31 = fcmp uno <16 x float> %v28, %v28
  %v32 = select <16 x i1> %v31, <16 x float> %v28, <16 x float> %v30
  %v33 = fcmp olt <16 x float> %v32, %v27
  %v34 = select <16 x i1> %v33, <16 x float> %v32, <16 x float> %v27
  %v35 = fcmp uno <16 x float> %v32, %v32
  %v36 = select <16 x i1> %v35, <16 x float> %v32, <16 x float> %v34
  %v37 = fdiv <16 x float> %v36, %v27
  %v38 = call <16 x float> @llvm.floor.v16f32(<16 x float> %v37)
  %v39 = fsub <16 x float> %v38, %v25
  %v40 = getelementptr float, ptr %v5, i64 %v22
  store <16 x float> %v39, ptr %v40, align 64
  %v41 = getelementptr float, ptr %v24, i64 16
  %v42 = load <16 x float>, ptr %v41, align 64
  %v43 = getelementptr float, ptr %v26, i64 16
  %v44 = load <16 x float>, ptr %v43, align 64
  %v45 = fmul <16 x float> %v42, %v44
  %v46 = fcmp ogt <16 x float> %v45, %v42
  %v47 = select <16 x i1> %v46, <16 x float> %v45, <16 x float> %v42
  %v48 = fcmp uno <16 x float> %v45, %v45
  %v49 = select <16 x i1> %v48, <16 x float> %v45, <16 x float> %v47
  %v50 = fcmp olt <16 x float> %v49, %v44
  %v51 = select <16 x i1> %v50, <16 x float> %v49, <16 x float> %v44
  %v52 = fcmp uno <16 x float> %v49, %v49
  %v53 = select <16 x i1> %v52, <16 x float> %v49, <16 x float> %v51
  %v54 = fdiv <16 x float> %v53, %v44
  %v55 = call <16 x float> @llvm.floor.v16f32(<16 x float> %v54)
  %v56 = fsub <16 x float> %v55, %v42
  %v57 = getelementptr float, ptr %v40, i64 16
  store <16 x float> %v56, ptr %v57, align 64
  %v58 = getelementptr float, ptr %v24, i64 32
  %v59 = load <16 x float>, ptr %v58, align 64
  %v60 = getelementptr float, ptr %v26, i64 32
  %v61 = load <16 x float>, ptr %v60, align 64
  %v62 = fmul <16 x float> %v59, %v61
  %v63 = fcmp ogt <16 x float> %v62, %v59
  %v64 = select <16 x i1> %v63, <16 x float> %v62, <16 x float> %v59
  %v65 = fcmp uno <16 x float> %v62, %v62
  %v66 = select <16 x i1> %v65, <16 x float> %v62, <16 x float> %v64
  %v67 = fcmp olt <16 x float> %v66, %v61
  %v68 = select <16 x i1> %v67, <16 x float> %v66, <16 x float> %v61
  %v69 = fcmp uno <16 x float> %v66, %v66
  %v70 = select <16 x i1> %v69, <16 x float> %v66, <16 x float> %v68
  %v71 = fdiv <16 x float> %v70, %v61
  %v72 = call <16 x float> @llvm.floor.v16f32(<16 x float> %v71)
  %v73 = fsub <16 x float> %v72, %v59
  %v74 = getelementptr float, ptr %v40, i64 32
  store <16 x float> %v73, ptr %v74, align 64
  %v75 = getelementptr float, ptr %v24, i64 48
  %v76 = load <16 x float>, ptr %v75, align 64
  %v77 = getelementptr float, ptr %v26, i64 48
  %v78 = load <16 x float>, ptr %v77, align 64
  %v79 = fmul <16 x float> %v76, %v78
  %v80 = fcmp ogt <16 x float> %v79, %v76
  %v81 = select <16 x i1> %v80, <16 x float> %v79, <16 x float> %v76
  %v82 = fcmp uno <16 x float> %v79, %v79
  %v83 = select <16 x i1> %v82, <16 x float> %v79, <16 x float> %v81
  %v84 = fcmp olt <16 x float> %v83, %v78
  %v85 = select <16 x i1> %v84, <16 x float> %v83, <16 x float> %v78
  %v86 = fcmp uno <16 x float> %v83, %v83
  %v87 = select <16 x i1> %v86, <16 x float> %v83, <16 x float> %v85
  %v88 = fdiv <16 x float> %v87, %v78
  %v89 = call <16 x float> @llvm.floor.v16f32(<16 x float> %v88)
  %v90 = fsub <16 x float> %v89, %v76
  %v91 = getelementptr float, ptr %v40, i64 48
  store <16 x float> %v90, ptr %v91, align 64
  %v23 = add nsw i64 %v22, 64
  %v92 = icmp slt i64 %v23, %v18
  br i1 %v92, label %block20, label %block21
block21:
  %v93 = icmp slt i64 %v18, %v16
  br i1 %v93, label %block94, label %block95
block94:
  %v96 = phi i64 [ %v18, %block21 ], [ %v97, %block94 ]
  %v98 = mul i64 %v96, -1
  %v99 = add i64 %v98, %v16
  %v100 = icmp slt i64 %v99, 16
  %v101 = select i1 %v100, i64 %v99, i64 16
  %v102 = icmp sgt i64 %v101, 0
  %v103 = select i1 %v102, i64 %v101, i64 0
  %v104 = trunc i64 %v103 to i32
  %v105 = insertelement <16 x i32> poison, i32 %v104, i64 0
  %v106 = shufflevector <16 x i32> %v105, <16 x i32> poison, <16 x i32> zeroinitializer
  %v107 = icmp ugt <16 x i32> %v106, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v108 = getelementptr float, ptr %v1, i64 %v96
  %v109 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v108, i32 64, <16 x i1> %v107, <16 x float> zeroinitializer)
  %v110 = getelementptr float, ptr %v3, i64 %v96
  %v111 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v110, i32 64, <16 x i1> %v107, <16 x float> zeroinitializer)
  %v112 = fmul <16 x float> %v109, %v111
  %v113 = fcmp ogt <16 x float> %v112, %v109
  %v114 = select <16 x i1> %v113, <16 x float> %v112, <16 x float> %v109
  %v115 = fcmp uno <16 x float> %v112, %v112
  %v116 = select <16 x i1> %v115, <16 x float> %v112, <16 x float> %v114
  %v117 = fcmp olt <16 x float> %v116, %v111
  %v118 = select <16 x i1> %v117, <16 x float> %v116, <16 x float> %v111
  %v119 = fcmp uno <16 x float> %v116, %v116
  %v120 = select <16 x i1> %v119, <16 x float> %v116, <16 x float> %v118
  %v121 = fdiv <16 x float> %v120, %v111
  %v122 = call <16 x float> @llvm.floor.v16f32(<16 x float> %v121)
  %v123 = fsub <16 x float> %v122, %v109
  %v124 = getelementptr float, ptr %v5, i64 %v96
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v123, ptr %v124, i32 64, <16 x i1> %v107)
  %v97 = add nsw i64 %v96, 16
  %v125 = icmp slt i64 %v97, %v16
  br i1 %v125, label %block94, label %block95
block95:
  %v12 = add nsw i64 %v11, 1
  %v126 = icmp slt i64 %v12, %end
  br i1 %v126, label %block9, label %block10
block10:
  ret void
}

declare <16 x float> @llvm.floor.v16f32(<16 x float>)
declare <16 x float> @llvm.masked.load.v16f32.p0(ptr, i32 immarg, <16 x i1>, <16 x float>)
declare void @llvm.masked.store.v16f32.p0(<16 x float>, ptr, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
