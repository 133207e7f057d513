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
  %v8 = getelementptr i64, ptr %parameters, i64 0
  %v9 = load i64, ptr %v8
  %v10 = getelementptr i64, ptr %parameters, i64 1
  %v11 = load i64, ptr %v10
  %v12 = icmp slt i64 %begin, %end
  %v17 = icmp sgt i64 %v11, 1
  %v18 = select i1 %v17, i64 %v11, i64 1
  %v19 = icmp slt i64 %v18, 4096
  %v20 = select i1 %v19, i64 %v18, i64 4096
  %v21 = udiv i64 4096, %v20
  %v22 = add i64 %v9, -1
  %v23 = sdiv i64 %v22, %v21
  %v24 = mul i64 %v23, %v21
  %v25 = sub i64 %v22, %v24
  %v26 = xor i64 %v25, %v21
  %v27 = icmp slt i64 %v26, 0
  %v28 = icmp ne i64 %v25, 0
  %v29 = and i1 %v27, %v28
  %v30 = sub i64 %v23, 1
  %v31 = select i1 %v29, i64 %v30, i64 %v23
  %v32 = add i64 %v11, 4095
  %v33 = udiv i64 %v32, 4096
  %v34 = mul i64 %v33, %v31
  %v35 = add i64 %v34, %v33
  %v119 = mul i64 %v11, %v9
  br i1 %v12, label %block13, label %block14
block13:
  %v15 = phi i64 [ %begin, %entry ], [ %v16, %block66 ]
  %v36 = icmp eq i64 %v35, 0
  %v37 = select i1 %v36, i64 1, i64 %v35
  %v38 = sdiv i64 %v15, %v37
  %v39 = mul i64 %v38, %v37
  %v40 = sub i64 %v15, %v39
  %v41 = xor i64 %v40, %v37
  %v42 = icmp slt i64 %v41, 0
  %v43 = icmp ne i64 %v40, 0
  %v44 = and i1 %v42, %v43
  %v45 = add i64 %v40, %v37
  %v46 = select i1 %v44, i64 %v45, i64 %v40
  %v47 = select i1 %v36, i64 0, i64 %v46
  %v48 = icmp eq i64 %v33, 0
  %v49 = select i1 %v48, i64 1, i64 %v33
  %v50 = sdiv i64 %v47, %v49
  %v51 = mul i64 %v50, %v49
  %v52 = sub i64 %v47, %v51
  %v53 = xor i64 %v52, %v49
  %v54 = icmp slt i64 %v53, 0
  %v55 = icmp ne i64 %v52, 0
  %v56 = and i1 %v54, %v55
  %v57 = sub i64 %v50, 1
  %v58 = select i1 %v56, i64 %v57, i64 %v50
  %v59 = select i1 %v48, i64 0, i64 %v58
  %v60 = mul i64 %v59, %v21
  %v61 = add i64 %v60, %v21
  %v62 = icmp slt i64 %v9, %v61
  %v63 = select i1 %v62, i64 %v9, i64 %v61
  %v64 = icmp slt i64 %v60, %v63
  %v73 = icmp eq i64 %v33, 0
  %v74 = select i1 %v73, i64 1, i64 %v33
  %v75 = sdiv i64 %v47, %v74
  %v76 = mul i64 %v75, %v74
  %v77 = sub i64 %v47, %v76
  %v78 = xor i64 %v77, %v74
  %v79 = icmp slt i64 %v78, 0
  %v80 = icmp ne i64 %v77, 0
  %v81 = and i1 %v79, %v80
  %v82 = add i64 %v77, %v74
  %v83 = select i1 %v81, i64 %v82, i64 %v77
  %v84 = select i1 %v73, i64 0, i64 %v83
  %v85 = mul i64 %v84, 4096
  %v86 = add i64 %v85, 4096
  %v87 = icmp slt i64 %v11, %v86
  %v88 = select i1 %v87, i64 %v11, i64 %v86
  %v89 = udiv i64 %v88, 64
  %v90 = mul i64 %v89, 64
  %v100 = icmp eq i64 %v35, 0
  %v101 = select i1 %v100, i64 1, i64 %v35
  %v102 = sdiv i64 %v15, %v101
  %v103 = mul i64 %v102, %v101
  %v104 = sub i64 %v15, %v103
  %v105 = xor i64 %v104, %v101
  %v106 = icmp slt i64 %v105, 0
  %v107 = icmp ne i64 %v104, 0
  %v108 = and i1 %v106, %v107
  %v109 = sub i64 %v102, 1
  %v110 = select i1 %v108, i64 %v109, i64 %v102
  %v111 = select i1 %v100, i64 0, i64 %v110
  %v112 = mul i64 %v111, %v11
  %v113 = getelementptr float, ptr %v5, i64 %v112
  %v120 = mul i64 %v111, %v119
  %v121 = getelementptr i8, ptr %v7, i64 %v120
  br i1 %v64, label %block65, label %block66
block65:
  %v67 = phi i64 [ %v60, %block13 ], [ %v68, %block151 ]
  %v69 = getelementptr float, ptr %v3, i64 %v67
  %v70 = load float, ptr %v69, align 4
  %v71 = insertelement <16 x float> poison, float %v70, i64 0
  %v72 = shufflevector <16 x float> %v71, <16 x float> poison, <16 x i32> zeroinitializer
  %v91 = icmp slt i64 %v85, %v90
  %v96 = mul i64 %v67, %v11
  %v97 = getelementptr float, ptr %v1, i64 %v96
  %v122 = getelementptr i8, ptr %v121, i64 %v96
  br i1 %v91, label %block92, label %block93
block92:
  %v94 = phi i64 [ %v85, %block65 ], [ %v95, %block92 ]
  %v98 = getelementptr float, ptr %v97, i64 %v94
  %v99 = load <16 x float>, ptr %v98, align 4
  %v114 = getelementptr float, ptr %v113, i64 %v94
  %v115 = load <16 x float>, ptr %v114, align 4
  %v116 = fadd <16 x float> %v99, %v72
  %v117 = fcmp olt <16 x float> %v116, %v115
  %v118 = zext <16 x i1> %v117 to <16 x i8>
  %v123 = getelementptr i8, ptr %v122, i64 %v94
  store <16 x i8> %v118, ptr %v123, align 1
  %v124 = getelementptr float, ptr %v98, i64 16
  %v125 = load <16 x float>, ptr %v124, align 4
  %v126 = getelementptr float, ptr %v114, i64 16
  %v127 = load <16 x float>, ptr %v126, align 4
  %v128 = fadd <16 x float> %v125, %v72
  %v129 = fcmp olt <16 x float> %v128, %v127
  %v130 = zext <16 x i1> %v129 to <16 x i8>
  %v131 = getelementptr i8, ptr %v123, i64 16
  store <16 x i8> %v130, ptr %v131, align 1
  %v132 = getelementptr float, ptr %v98, i64 32
  %v133 = load <16 x float>, ptr %v132, align 4
  %v134 = getelementptr float, ptr %v114, i64 32
  %v135 = load <16 x float>, ptr %v134, align 4
  %v136 = fadd <16 x float> %v133, %v72
  %v137 = fcmp olt <16 x float> %v136, %v135
  %v138 = zext <16 x i1> %v137 to <16 x i8>
  %v139 = getelementptr i8, ptr %v123, i64 32
  store <16 x i8> %v138, ptr %v139, align 1
  %v140 = getelementptr float, ptr %v98, i64 48
  %v141 = load <16 x float>, ptr %v140, align 4
  %v142 = getelementptr float, ptr %v114, i64 48
  %v143 = load <16 x float>, ptr %v142, align 4
  %v144 = fadd <16 x float> %v141, %v72
  %v145 = fcmp olt <16 x float> %v144, %v143
  %v146 = zext <16 x i1> %v145 to <16 x i8>
  %v147 = getelementptr i8, ptr %v123, i64 48
  store <16 x i8> %v146, ptr %v147, align 1
  %v95 = add nsw i64 %v94, 64
  %v148 = icmp slt i64 %v95, %v90
  br i1 %v148, label %block92, label %block93
block93:
  %v149 = icmp slt i64 %v90, %v88
  br i1 %v149, label %block150, label %block151
block150:
  %v152 = phi i64 [ %v90, %block93 ], [ %v153, %block150 ]
  %v154 = mul i64 %v152, -1
  %v155 = add i64 %v154, %v88
  %v156 = icmp slt i64 %v155, 16
  %v157 = select i1 %v156, i64 %v155, i64 16
  %v158 = icmp sgt i64 %v157, 0
  %v159 = select i1 %v158, i64 %v157, i64 0
  %v160 = trunc i64 %v159 to i32
  %v161 = insertelement <16 x i32> poison, i32 %v160, i64 0
  %v162 = shufflevector <16 x i32> %v161, <16 x i32> poison, <16 x i32> zeroinitializer
  %v163 = icmp ugt <16 x i32> %v162, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v164 = getelementptr float, ptr %v97, i64 %v152
  %v165 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v164, i32 4, <16 x i1> %v163, <16 x float> zeroinitializer)
  %v166 = getelementptr float, ptr %v113, i64 %v152
  %v167 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v166, i32 4, <16 x i1> %v163, <16 x float> zeroinitializer)
  %v168 = fadd <16 x float> %v165, %v72
  %v169 = fcmp olt <16 x float> %v168, %v167
  %v170 = zext <16 x i1> %v169 to <16 x i8>
  %v171 = getelementptr i8, ptr %v122, i64 %v152
  call void @llvm.masked.store.v16i8.p0(<16 x i8> %v170, ptr %v171, i32 1, <16 x i1> %v163)
  %v153 = add nsw i64 %v152, 16
  %v172 = icmp slt i64 %v153, %v88
  br i1 %v172, label %block150, label %block151
block151:
  %v68 = add nsw i64 %v67, 1
  %v173 = icmp slt i64 %v68, %v63
  br i1 %v173, label %block65, label %block66
block66:
  %v16 = add nsw i64 %v15, 1
  %v174 = icmp slt i64 %v16, %end
  br i1 %v174, label %block13, label %block14
block14:
  ret void
}

declare <16 x float> @llvm.masked.load.v16f32.p0(ptr, i32 immarg, <16 x i1>, <16 x float>)
declare void @llvm.masked.store.v16i8.p0(<16 x i8>, ptr, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
