define void @kernel(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) #0 {
entry:
  %v0 = getelementptr ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0
  %v2 = getelementptr ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2
  %v4 = getelementptr i64, ptr %parameters, i64 0
  %v5 = load i64, ptr %v4
  %v6 = icmp slt i64 %begin, %end
  br i1 %v6, label %block7, label %block8
block7:
  %v9 = phi i64 [ %begin, %entry ], [ %v10, %block55 ]
  %v11 = mul i64 %v9, -8192
  %v12 = add i64 %v11, %v5
  %v13 = icmp slt i64 %v12, 8192
  %v14 = select i1 %v13, i64 %v12, i64 8192
  %v15 = sdiv i64 %v14, 64
  %v16 = mul i64 %v15, 64
  %v17 = sub i64 %v14, %v16
  %v18 = xor i64 %v17, 64
  %v19 = icmp slt i64 %v18, 0
  %v20 = icmp ne i64 %v17, 0
  %v21 = and i1 %v19, %v20
  %v22 = sub i64 %v15, 1
  %v23 = select i1 %v21, i64 %v22, i64 %v15
  %v24 = mul i64 %v23, 64
  %v25 = icmp slt i64 0, %v24
  %v34 = mul i64 %v9, 8192
  %v35 = getelementptr float, ptr %v1, i64 %v34
  br i1 %v25, label %block26, label %block27
block26:
  %v28 = phi i64 [ 0, %block7 ], [ %v29, %block26 ]
  %v30 = phi <16 x float> [ zeroinitializer, %block7 ], [ %v38, %block26 ]
  %v31 = phi <16 x float> [ zeroinitializer, %block7 ], [ %v41, %block26 ]
  %v32 = phi <16 x float> [ zeroinitializer, %block7 ], [ %v44, %block26 ]
  %v33 = phi <16 x float> [ zeroinitializer, %block7 ], [ %v47, %block26 ]
  %v36 = getelementptr float, ptr %v35, i64 %v28
  %v37 = load <16 x float>, ptr %v36, align 64
  %v38 = fadd <16 x float> %v30, %v37
  %v39 = getelementptr float, ptr %v36, i64 16
  %v40 = load <16 x float>, ptr %v39, align 64
  %v41 = fadd <16 x float> %v31, %v40
  %v42 = getelementptr float, ptr %v36, i64 32
  %v43 = load <16 x float>, ptr %v42, align 64
  %v44 = fadd <16 x float> %v32, %v43
  %v45 = getelementptr float, ptr %v36, i64 48
  %v46 = load <16 x float>, ptr %v45, align 64
  %v47 = fadd <16 x float> %v33, %v46
  %v29 = add nsw i64 %v28, 64
  %v48 = icmp slt i64 %v29, %v24
  br i1 %v48, label %block26, label %block27
block27:
  %v49 = phi <16 x float> [ zeroinitializer, %block7 ], [ %v38, %block26 ]
  %v50 = phi <16 x float> [ zeroinitializer, %block7 ], [ %v41, %block26 ]
  %v51 = phi <16 x float> [ zeroinitializer, %block7 ], [ %v44, %block26 ]
  %v52 = phi <16 x float> [ zeroinitializer, %block7 ], [ %v47, %block26 ]
  %v53 = icmp slt i64 %v24, %v14
  %v76 = add i64 %v14, -16
  %v90 = add i64 %v14, -32
  %v104 = add i64 %v14, -48
  br i1 %v53, label %block54, label %block55
block54:
  %v56 = phi i64 [ %v24, %block27 ], [ %v57, %block54 ]
  %v58 = phi <16 x float> [ %v49, %block27 ], [ %v75, %block54 ]
  %v59 = phi <16 x float> [ %v50, %block27 ], [ %v89, %block54 ]
  %v60 = phi <16 x float> [ %v51, %block27 ], [ %v103, %block54 ]
  %v61 = phi <16 x float> [ %v52, %block27 ], [ %v117, %block54 ]
  %v62 = mul i64 %v56, -1
  %v63 = add i64 %v62, %v14
  %v64 = icmp slt i64 %v63, 16
  %v65 = select i1 %v64, i64 %v63, i64 16
  %v66 = icmp sgt i64 %v65, 0
  %v67 = select i1 %v66, i64 %v65, i64 0
  %v68 = trunc i64 %v67 to i32
  %v69 = insertelement <16 x i32> poison, i32 %v68, i64 0
  %v70 = shufflevector <16 x i32> %v69, <16 x i32> poison, <16 x i32> zeroinitializer
  %v71 = icmp ugt <16 x i32> %v70, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v72 = getelementptr float, ptr %v35, i64 %v56
  %v73 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v72, i32 64, <16 x i1> %v71, <16 x float> zeroinitializer)
  %v74 = fadd <16 x float> %v58, %v73
  %v75 = select <16 x i1> %v71, <16 x float> %v74, <16 x float> %v58
  %v77 = add i64 %v62, %v76
  %v78 = icmp slt i64 %v77, 16
  %v79 = select i1 %v78, i64 %v77, i64 16
  %v80 = icmp sgt i64 %v79, 0
  %v81 = select i1 %v80, i64 %v79, i64 0
  %v82 = trunc i64 %v81 to i32
  %v83 = insertelement <16 x i32> poison, i32 %v82, i64 0
  %v84 = shufflevector <16 x i32> %v83, <16 x i32> poison, <16 x i32> zeroinitializer
  %v85 = icmp ugt <16 x i32> %v84, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v86 = getelementptr float, ptr %v72, i64 16
  %v87 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v86, i32 64, <16 x i1> %v85, <16 x float> zeroinitializer)
  %v88 = fadd <16 x float> %v59, %v87
  %v89 = select <16 x i1> %v85, <16 x float> %v88, <16 x float> %v59
  %v91 = add i64 %v62, %v90
  %v92 = icmp slt i64 %v91, 16
  %v93 = select i1 %v92, i64 %v91, i64 16
  %v94 = icmp sgt i64 %v93, 0
  %v95 = select i1 %v94, i64 %v93, i64 0
  %v96 = trunc i64 %v95 to i32
  %v97 = insertelement <16 x i32> poison, i32 %v96, i64 0
  %v98 = shufflevector <16 x i32> %v97, <16 x i32> poison, <16 x i32> zeroinitializer
  %v99 = icmp ugt <16 x i32> %v98, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v100 = getelementptr float, ptr %v72, i64 32
  %v101 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v100, i32 64, <16 x i1> %v99, <16 x float> zeroinitializer)
  %v102 = fadd <16 x float> %v60, %v101
  %v103 = select <16 x i1> %v99, <16 x float> %v102, <16 x float> %v60
  %v105 = add i64 %v62, %v104
  %v106 = icmp slt i64 %v105, 16
  %v107 = select i1 %v106, i64 %v105, i64 16
  %v108 = icmp sgt i64 %v107, 0
  %v109 = select i1 %v108, i64 %v107, i64 0
  %v110 = trunc i64 %v109 to i32
  %v111 = insertelement <16 x i32> poison, i32 %v110, i64 0
  %v112 = shufflevector <16 x i32> %v111, <16 x i32> poison, <16 x i32> zeroinitializer
  %v113 = icmp ugt <16 x i32> %v112, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v114 = getelementptr float, ptr %v72, i64 48
  %v115 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v114, i32 64, <16 x i1> %v113, <16 x float> zeroinitializer)
  %v116 = fadd <16 x float> %v61, %v115
  %v117 = select <16 x i1> %v113, <16 x float> %v116, <16 x float> %v61
  %v57 = add nsw i64 %v56, 64
  %v118 = icmp slt i64 %v57, %v14
  br i1 %v118, label %block54, label %block55
block55:
  %v119 = phi <16 x float> [ %v49, %block27 ], [ %v75, %block54 ]
  %v120 = phi <16 x float> [ %v50, %block27 ], [ %v89, %block54 ]
  %v121 = phi <16 x float> [ %v51, %block27 ], [ %v103, %block54 ]
  %v122 = phi <16 x float> [ %v52, %block27 ], [ %v117, %block54 ]
  %v123 = fadd <16 x float> %v119, %v121
  %v124 = fadd <16 x float> %v120, %v122
  %v125 = fadd <16 x float> %v123, %v124
  %v126 = shufflevector <16 x float> %v125, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %v127 = shufflevector <16 x float> %v125, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v128 = fadd <8 x float> %v126, %v127
  %v129 = shufflevector <8 x float> %v128, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %v130 = shufflevector <8 x float> %v128, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
  %v131 = fadd <4 x float> %v129, %v130
  %v132 = shufflevector <4 x float> %v131, <4 x float> poison, <2 x i32> <i32 0, i32 1>
  %v133 = shufflevector <4 x float> %v131, <4 x float> poison, <2 x i32> <i32 2, i32 3>
  %v134 = fadd <2 x float> %v132, %v133
  %v135 = extractelement <2 x float> %v134, i64 0
  %v136 = extractelement <2 x float> %v134, i64 1
  %v137 = fadd float %v135, %v136
  %v138 = getelementptr float, ptr %v3, i64 %v9
  store float %v137, ptr %v138, align 4
  %v10 = add nsw i64 %v9, 1
  %v139 = icmp slt i64 %v10, %end
  br i1 %v139, label %block7, label %block8
block8:
  ret void
}

declare <16 x float> @llvm.masked.load.v16f32.p0(ptr, i32 immarg, <16 x i1>, <16 x float>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
