define void @kernel(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) #0 {
entry:
  %v0 = getelementptr ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0
  %v2 = getelementptr ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2
  %v4 = alloca [1000 x float], align 64
  %v5 = getelementptr i64, ptr %parameters, i64 0
  %v6 = load i64, ptr %v5
  %v7 = icmp slt i64 %begin, %end
  br i1 %v7, label %block8, label %block9
block8:
  %v10 = phi i64 [ %begin, %entry ], [ %v11, %block412 ]
  %v20 = mul i64 %v10, 1000
  %v21 = getelementptr float, ptr %v1, i64 %v20
  br label %block12
block12:
  %v14 = phi i64 [ 0, %block8 ], [ %v15, %block12 ]
  %v16 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block8 ], [ %v27, %block12 ]
  %v17 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block8 ], [ %v33, %block12 ]
  %v18 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block8 ], [ %v39, %block12 ]
  %v19 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block8 ], [ %v45, %block12 ]
  %v22 = getelementptr float, ptr %v21, i64 %v14
  %v23 = load <16 x float>, ptr %v22, align 32
  %v24 = fcmp ogt <16 x float> %v16, %v23
  %v25 = select <16 x i1> %v24, <16 x float> %v16, <16 x float> %v23
  %v26 = fcmp uno <16 x float> %v16, %v16
  %v27 = select <16 x i1> %v26, <16 x float> %v16, <16 x float> %v25
  %v28 = getelementptr float, ptr %v22, i64 16
  %v29 = load <16 x float>, ptr %v28, align 32
  %v30 = fcmp ogt <16 x float> %v17, %v29
  %v31 = select <16 x i1> %v30, <16 x float> %v17, <16 x float> %v29
  %v32 = fcmp uno <16 x float> %v17, %v17
  %v33 = select <16 x i1> %v32, <16 x float> %v17, <16 x float> %v31
  %v34 = getelementptr float, ptr %v22, i64 32
  %v35 = load <16 x float>, ptr %v34, align 32
  %v36 = fcmp ogt <16 x float> %v18, %v35
  %v37 = select <16 x i1> %v36, <16 x float> %v18, <16 x float> %v35
  %v38 = fcmp uno <16 x float> %v18, %v18
  %v39 = select <16 x i1> %v38, <16 x float> %v18, <16 x float> %v37
  %v40 = getelementptr float, ptr %v22, i64 48
  %v41 = load <16 x float>, ptr %v40, align 32
  %v42 = fcmp ogt <16 x float> %v19, %v41
  %v43 = select <16 x i1> %v42, <16 x float> %v19, <16 x float> %v41
  %v44 = fcmp uno <16 x float> %v19, %v19
  %v45 = select <16 x i1> %v44, <16 x float> %v19, <16 x float> %v43
  %v15 = add nsw i64 %v14, 64
  %v46 = icmp slt i64 %v15, 960
  br i1 %v46, label %block12, label %block13
block13:
  br label %block47
block47:
  %v49 = phi i64 [ 960, %block13 ], [ %v50, %block47 ]
  %v51 = phi <16 x float> [ %v27, %block13 ], [ %v60, %block47 ]
  %v52 = phi <16 x float> [ %v33, %block13 ], [ %v66, %block47 ]
  %v53 = phi <16 x float> [ %v39, %block13 ], [ %v81, %block47 ]
  %v54 = phi <16 x float> [ %v45, %block13 ], [ %v54, %block47 ]
  %v55 = getelementptr float, ptr %v21, i64 %v49
  %v56 = load <16 x float>, ptr %v55, align 32
  %v57 = fcmp ogt <16 x float> %v51, %v56
  %v58 = select <16 x i1> %v57, <16 x float> %v51, <16 x float> %v56
  %v59 = fcmp uno <16 x float> %v51, %v51
  %v60 = select <16 x i1> %v59, <16 x float> %v51, <16 x float> %v58
  %v61 = getelementptr float, ptr %v55, i64 16
  %v62 = load <16 x float>, ptr %v61, align 32
  %v63 = fcmp ogt <16 x float> %v52, %v62
  %v64 = select <16 x i1> %v63, <16 x float> %v52, <16 x float> %v62
  %v65 = fcmp uno <16 x float> %v52, %v52
  %v66 = select <16 x i1> %v65, <16 x float> %v52, <16 x float> %v64
  %v67 = mul i64 %v49, -1
  %v68 = add i64 %v67, 968
  %v69 = icmp sgt i64 %v68, 0
  %v70 = select i1 %v69, i64 %v68, i64 0
  %v71 = trunc i64 %v70 to i32
  %v72 = insertelement <16 x i32> poison, i32 %v71, i64 0
  %v73 = shufflevector <16 x i32> %v72, <16 x i32> poison, <16 x i32> zeroinitializer
  %v74 = icmp ugt <16 x i32> %v73, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v75 = getelementptr float, ptr %v55, i64 32
  %v76 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v75, i32 32, <16 x i1> %v74, <16 x float> zeroinitializer)
  %v77 = fcmp ogt <16 x float> %v53, %v76
  %v78 = select <16 x i1> %v77, <16 x float> %v53, <16 x float> %v76
  %v79 = fcmp uno <16 x float> %v53, %v53
  %v80 = select <16 x i1> %v79, <16 x float> %v53, <16 x float> %v78
  %v81 = select <16 x i1> %v74, <16 x float> %v80, <16 x float> %v53
  %v50 = add nsw i64 %v49, 64
  %v82 = icmp slt i64 %v50, 1000
  br i1 %v82, label %block47, label %block48
block48:
  %v83 = fcmp ogt <16 x float> %v60, %v81
  %v84 = select <16 x i1> %v83, <16 x float> %v60, <16 x float> %v81
  %v85 = fcmp uno <16 x float> %v60, %v60
  %v86 = select <16 x i1> %v85, <16 x float> %v60, <16 x float> %v84
  %v87 = fcmp ogt <16 x float> %v66, %v54
  %v88 = select <16 x i1> %v87, <16 x float> %v66, <16 x float> %v54
  %v89 = fcmp uno <16 x float> %v66, %v66
  %v90 = select <16 x i1> %v89, <16 x float> %v66, <16 x float> %v88
  %v91 = fcmp ogt <16 x float> %v86, %v90
  %v92 = select <16 x i1> %v91, <16 x float> %v86, <16 x float> %v90
  %v93 = fcmp uno <16 x float> %v86, %v86
  %v94 = select <16 x i1> %v93, <16 x float> %v86, <16 x float> %v92
  %v95 = shufflevector <16 x float> %v94, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %v96 = shufflevector <16 x float> %v94, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v97 = fcmp ogt <8 x float> %v95, %v96
  %v98 = select <8 x i1> %v97, <8 x float> %v95, <8 x float> %v96
  %v99 = fcmp uno <8 x float> %v95, %v95
  %v100 = select <8 x i1> %v99, <8 x float> %v95, <8 x float> %v98
  %v101 = shufflevector <8 x float> %v100, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %v102 = shufflevector <8 x float> %v100, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
  %v103 = fcmp ogt <4 x float> %v101, %v102
  %v104 = select <4 x i1> %v103, <4 x float> %v101, <4 x float> %v102
  %v105 = fcmp uno <4 x float> %v101, %v101
  %v106 = select <4 x i1> %v105, <4 x float> %v101, <4 x float> %v104
  %v107 = shufflevector <4 x float> %v106, <4 x float> poison, <2 x i32> <i32 0, i32 1>
  %v108 = shufflevector <4 x float> %v106, <4 x float> poison, <2 x i32> <i32 2, i32 3>
  %v109 = fcmp ogt <2 x float> %v107, %v108
  %v110 = select <2 x i1> %v109, <2 x float> %v107, <2 x float> %v108
  %v111 = fcmp uno <2 x float> %v107, %v107
  %v112 = select <2 x i1> %v111, <2 x float> %v107, <2 x float> %v110
  %v113 = extractelement <2 x float> %v112, i64 0
  %v114 = extractelement <2 x float> %v112, i64 1
  %v115 = fcmp ogt float %v113, %v114
  %v116 = select i1 %v115, float %v113, float %v114
  %v117 = fcmp uno float %v113, %v113
  %v118 = select i1 %v117, float %v113, float %v116
  %v119 = insertelement <16 x float> poison, float %v118, i64 0
  %v120 = shufflevector <16 x float> %v119, <16 x float> poison, <16 x i32> zeroinitializer
  br label %block121
block121:
  %v123 = phi i64 [ 0, %block48 ], [ %v124, %block121 ]
  %v125 = phi <16 x float> [ zeroinitializer, %block48 ], [ %v160, %block121 ]
  %v126 = phi <16 x float> [ zeroinitializer, %block48 ], [ %v192, %block121 ]
  %v127 = phi <16 x float> [ zeroinitializer, %block48 ], [ %v224, %block121 ]
  %v128 = phi <16 x float> [ zeroinitializer, %block48 ], [ %v256, %block121 ]
  %v129 = getelementptr float, ptr %v21, i64 %v123
  %v130 = load <16 x float>, ptr %v129, align 32
  %v131 = fsub <16 x float> %v130, %v120
  %v132 = fcmp ogt <16 x float> splat (float 0xC05A400000000000), %v131
  %v133 = select <16 x i1> %v132, <16 x float> splat (float 0xC05A400000000000), <16 x float> %v131
  %v134 = fcmp olt <16 x float> splat (float 0x4056800000000000), %v133
  %v135 = select <16 x i1> %v134, <16 x float> splat (float 0x4056800000000000), <16 x float> %v133
  %v136 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v135, <16 x float> splat (float 0x3FF7154760000000), <16 x float> splat (float 0x4168000000000000))
  %v137 = fsub <16 x float> %v136, splat (float 0x4168000000000000)
  %v138 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v137, <16 x float> splat (float 0xBFE62E4300000000), <16 x float> %v135)
  %v139 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v137, <16 x float> splat (float 0x3E205C6100000000), <16 x float> %v138)
  %v140 = fmul <16 x float> %v139, %v139
  %v141 = call <16 x float> @llvm.fma.v16f32(<16 x float> splat (float 0x3F56AC74E0000000), <16 x float> %v139, <16 x float> splat (float 0x3F8123DE00000000))
  %v142 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v141, <16 x float> %v139, <16 x float> splat (float 0x3FA5558580000000))
  %v143 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v142, <16 x float> %v139, <16 x float> splat (float 0x3FC55548C0000000))
  %v144 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v143, <16 x float> %v139, <16 x float> splat (float 0x3FDFFFFFC0000000))
  %v145 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v140, <16 x float> %v144, <16 x float> %v139)
  %v146 = fadd <16 x float> %v145, splat (float 0x3FF0000000000000)
  %v147 = bitcast <16 x float> %v136 to <16 x i32>
  %v148 = sub <16 x i32> %v147, splat (i32 1262485504)
  %v149 = ashr <16 x i32> %v148, splat (i32 1)
  %v150 = add <16 x i32> %v149, splat (i32 127)
  %v151 = shl <16 x i32> %v150, splat (i32 23)
  %v152 = bitcast <16 x i32> %v151 to <16 x float>
  %v153 = fmul <16 x float> %v146, %v152
  %v154 = sub <16 x i32> %v148, %v149
  %v155 = add <16 x i32> %v154, splat (i32 127)
  %v156 = shl <16 x i32> %v155, splat (i32 23)
  %v157 = bitcast <16 x i32> %v156 to <16 x float>
  %v158 = fmul <16 x float> %v153, %v157
  %v159 = getelementptr float, ptr %v4, i64 %v123
  store <16 x float> %v158, ptr %v159, align 64
  %v160 = fadd <16 x float> %v125, %v158
  %v161 = getelementptr float, ptr %v129, i64 16
  %v162 = load <16 x float>, ptr %v161, align 32
  %v163 = fsub <16 x float> %v162, %v120
  %v164 = fcmp ogt <16 x float> splat (float 0xC05A400000000000), %v163
  %v165 = select <16 x i1> %v164, <16 x float> splat (float 0xC05A400000000000), <16 x float> %v163
  %v166 = fcmp olt <16 x float> splat (float 0x4056800000000000), %v165
  %v167 = select <16 x i1> %v166, <16 x float> splat (float 0x4056800000000000), <16 x float> %v165
  %v168 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v167, <16 x float> splat (float 0x3FF7154760000000), <16 x float> splat (float 0x4168000000000000))
  %v169 = fsub <16 x float> %v168, splat (float 0x4168000000000000)
  %v170 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v169, <16 x float> splat (float 0xBFE62E4300000000), <16 x float> %v167)
  %v171 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v169, <16 x float> splat (float 0x3E205C6100000000), <16 x float> %v170)
  %v172 = fmul <16 x float> %v171, %v171
  %v173 = call <16 x float> @llvm.fma.v16f32(<16 x float> splat (float 0x3F56AC74E0000000), <16 x float> %v171, <16 x float> splat (float 0x3F8123DE00000000))
  %v174 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v173, <16 x float> %v171, <16 x float> splat (float 0x3FA5558580000000))
  %v175 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v174, <16 x float> %v171, <16 x float> splat (float 0x3FC55548C0000000))
  %v176 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v175, <16 x float> %v171, <16 x float> splat (float 0x3FDFFFFFC0000000))
  %v177 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v172, <16 x float> %v176, <16 x float> %v171)
  %v178 = fadd <16 x float> %v177, splat (float 0x3FF0000000000000)
  %v179 = bitcast <16 x float> %v168 to <16 x i32>
  %v180 = sub <16 x i32> %v179, splat (i32 1262485504)
  %v181 = ashr <16 x i32> %v180, splat (i32 1)
  %v182 = add <16 x i32> %v181, splat (i32 127)
  %v183 = shl <16 x i32> %v182, splat (i32 23)
  %v184 = bitcast <16 x i32> %v183 to <16 x float>
  %v185 = fmul <16 x float> %v178, %v184
  %v186 = sub <16 x i32> %v180, %v181
  %v187 = add <16 x i32> %v186, splat (i32 127)
  %v188 = shl <16 x i32> %v187, splat (i32 23)
  %v189 = bitcast <16 x i32> %v188 to <16 x float>
  %v190 = fmul <16 x float> %v185, %v189
  %v191 = getelementptr float, ptr %v159, i64 16
  store <16 x float> %v190, ptr %v191, align 64
  %v192 = fadd <16 x float> %v126, %v190
  %v193 = getelementptr float, ptr %v129, i64 32
  %v194 = load <16 x float>, ptr %v193, align 32
  %v195 = fsub <16 x float> %v194, %v120
  %v196 = fcmp ogt <16 x float> splat (float 0xC05A400000000000), %v195
  %v197 = select <16 x i1> %v196, <16 x float> splat (float 0xC05A400000000000), <16 x float> %v195
  %v198 = fcmp olt <16 x float> splat (float 0x4056800000000000), %v197
  %v199 = select <16 x i1> %v198, <16 x float> splat (float 0x4056800000000000), <16 x float> %v197
  %v200 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v199, <16 x float> splat (float 0x3FF7154760000000), <16 x float> splat (float 0x4168000000000000))
  %v201 = fsub <16 x float> %v200, splat (float 0x4168000000000000)
  %v202 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v201, <16 x float> splat (float 0xBFE62E4300000000), <16 x float> %v199)
  %v203 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v201, <16 x float> splat (float 0x3E205C6100000000), <16 x float> %v202)
  %v204 = fmul <16 x float> %v203, %v203
  %v205 = call <16 x float> @llvm.fma.v16f32(<16 x float> splat (float 0x3F56AC74E0000000), <16 x float> %v203, <16 x float> splat (float 0x3F8123DE00000000))
  %v206 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v205, <16 x float> %v203, <16 x float> splat (float 0x3FA5558580000000))
  %v207 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v206, <16 x float> %v203, <16 x float> splat (float 0x3FC55548C0000000))
  %v208 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v207, <16 x float> %v203, <16 x float> splat (float 0x3FDFFFFFC0000000))
  %v209 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v204, <16 x float> %v208, <16 x float> %v203)
  %v210 = fadd <16 x float> %v209, splat (float 0x3FF0000000000000)
  %v211 = bitcast <16 x float> %v200 to <16 x i32>
  %v212 = sub <16 x i32> %v211, splat (i32 1262485504)
  %v213 = ashr <16 x i32> %v212, splat (i32 1)
  %v214 = add <16 x i32> %v213, splat (i32 127)
  %v215 = shl <16 x i32> %v214, splat (i32 23)
  %v216 = bitcast <16 x i32> %v215 to <16 x float>
  %v217 = fmul <16 x float> %v210, %v216
  %v218 = sub <16 x i32> %v212, %v213
  %v219 = add <16 x i32> %v218, splat (i32 127)
  %v220 = shl <16 x i32> %v219, splat (i32 23)
  %v221 = bitcast <16 x i32> %v220 to <16 x float>
  %v222 = fmul <16 x float> %v217, %v221
  %v223 = getelementptr float, ptr %v159, i64 32
  store <16 x float> %v222, ptr %v223, align 64
  %v224 = fadd <16 x float> %v127, %v222
  %v225 = getelementptr float, ptr %v129, i64 48
  %v226 = load <16 x float>, ptr %v225, align 32
  %v227 = fsub <16 x float> %v226, %v120
  %v228 = fcmp ogt <16 x float> splat (float 0xC05A400000000000), %v227
  %v229 = select <16 x i1> %v228, <16 x float> splat (float 0xC05A400000000000), <16 x float> %v227
  %v230 = fcmp olt <16 x float> splat (float 0x4056800000000000), %v229
  %v231 = select <16 x i1> %v230, <16 x float> splat (float 0x4056800000000000), <16 x float> %v229
  %v232 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v231, <16 x float> splat (float 0x3FF7154760000000), <16 x float> splat (float 0x4168000000000000))
  %v233 = fsub <16 x float> %v232, splat (float 0x4168000000000000)
  %v234 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v233, <16 x float> splat (float 0xBFE62E4300000000), <16 x float> %v231)
  %v235 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v233, <16 x float> splat (float 0x3E205C6100000000), <16 x float> %v234)
  %v236 = fmul <16 x float> %v235, %v235
  %v237 = call <16 x float> @llvm.fma.v16f32(<16 x float> splat (float 0x3F56AC74E0000000), <16 x float> %v235, <16 x float> splat (float 0x3F8123DE00000000))
  %v238 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v237, <16 x float> %v235, <16 x float> splat (float 0x3FA5558580000000))
  %v239 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v238, <16 x float> %v235, <16 x float> splat (float 0x3FC55548C0000000))
  %v240 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v239, <16 x float> %v235, <16 x float> splat (float 0x3FDFFFFFC0000000))
  %v241 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v236, <16 x float> %v240, <16 x float> %v235)
  %v242 = fadd <16 x float> %v241, splat (float 0x3FF0000000000000)
  %v243 = bitcast <16 x float> %v232 to <16 x i32>
  %v244 = sub <16 x i32> %v243, splat (i32 1262485504)
  %v245 = ashr <16 x i32> %v244, splat (i32 1)
  %v246 = add <16 x i32> %v245, splat (i32 127)
  %v247 = shl <16 x i32> %v246, splat (i32 23)
  %v248 = bitcast <16 x i32> %v247 to <16 x float>
  %v249 = fmul <16 x float> %v242, %v248
  %v250 = sub <16 x i32> %v244, %v245
  %v251 = add <16 x i32> %v250, splat (i32 127)
  %v252 = shl <16 x i32> %v251, splat (i32 23)
  %v253 = bitcast <16 x i32> %v252 to <16 x float>
  %v254 = fmul <16 x float> %v249, %v253
  %v255 = getelementptr float, ptr %v159, i64 48
  store <16 x float> %v254, ptr %v255, align 64
  %v256 = fadd <16 x float> %v128, %v254
  %v124 = add nsw i64 %v123, 64
  %v257 = icmp slt i64 %v124, 960
  br i1 %v257, label %block121, label %block122
block122:
  br label %block258
block258:
  %v260 = phi i64 [ 960, %block122 ], [ %v261, %block258 ]
  %v262 = phi <16 x float> [ %v160, %block122 ], [ %v297, %block258 ]
  %v263 = phi <16 x float> [ %v192, %block122 ], [ %v329, %block258 ]
  %v264 = phi <16 x float> [ %v224, %block122 ], [ %v370, %block258 ]
  %v265 = phi <16 x float> [ %v256, %block122 ], [ %v265, %block258 ]
  %v266 = getelementptr float, ptr %v21, i64 %v260
  %v267 = load <16 x float>, ptr %v266, align 32
  %v268 = fsub <16 x float> %v267, %v120
  %v269 = fcmp ogt <16 x float> splat (float 0xC05A400000000000), %v268
  %v270 = select <16 x i1> %v269, <16 x float> splat (float 0xC05A400000000000), <16 x float> %v268
  %v271 = fcmp olt <16 x float> splat (float 0x4056800000000000), %v270
  %v272 = select <16 x i1> %v271, <16 x float> splat (float 0x4056800000000000), <16 x float> %v270
  %v273 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v272, <16 x float> splat (float 0x3FF7154760000000), <16 x float> splat (float 0x4168000000000000))
  %v274 = fsub <16 x float> %v273, splat (float 0x4168000000000000)
  %v275 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v274, <16 x float> splat (float 0xBFE62E4300000000), <16 x float> %v272)
  %v276 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v274, <16 x float> splat (float 0x3E205C6100000000), <16 x float> %v275)
  %v277 = fmul <16 x float> %v276, %v276
  %v278 = call <16 x float> @llvm.fma.v16f32(<16 x float> splat (float 0x3F56AC74E0000000), <16 x float> %v276, <16 x float> splat (float 0x3F8123DE00000000))
  %v279 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v278, <16 x float> %v276, <16 x float> splat (float 0x3FA5558580000000))
  %v280 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v279, <16 x float> %v276, <16 x float> splat (float 0x3FC55548C0000000))
  %v281 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v280, <16 x float> %v276, <16 x float> splat (float 0x3FDFFFFFC0000000))
  %v282 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v277, <16 x float> %v281, <16 x float> %v276)
  %v283 = fadd <16 x float> %v282, splat (float 0x3FF0000000000000)
  %v284 = bitcast <16 x float> %v273 to <16 x i32>
  %v285 = sub <16 x i32> %v284, splat (i32 1262485504)
  %v286 = ashr <16 x i32> %v285, splat (i32 1)
  %v287 = add <16 x i32> %v286, splat (i32 127)
  %v288 = shl <16 x i32> %v287, splat (i32 23)
  %v289 = bitcast <16 x i32> %v288 to <16 x float>
  %v290 = fmul <16 x float> %v283, %v289
  %v291 = sub <16 x i32> %v285, %v286
  %v292 = add <16 x i32> %v291, splat (i32 127)
  %v293 = shl <16 x i32> %v292, splat (i32 23)
  %v294 = bitcast <16 x i32> %v293 to <16 x float>
  %v295 = fmul <16 x float> %v290, %v294
  %v296 = getelementptr float, ptr %v4, i64 %v260
  store <16 x float> %v295, ptr %v296, align 64
  %v297 = fadd <16 x float> %v262, %v295
  %v298 = getelementptr float, ptr %v266, i64 16
  %v299 = load <16 x float>, ptr %v298, align 32
  %v300 = fsub <16 x float> %v299, %v120
  %v301 = fcmp ogt <16 x float> splat (float 0xC05A400000000000), %v300
  %v302 = select <16 x i1> %v301, <16 x float> splat (float 0xC05A400000000000), <16 x float> %v300
  %v303 = fcmp olt <16 x float> splat (float 0x4056800000000000), %v302
  %v304 = select <16 x i1> %v303, <16 x float> splat (float 0x4056800000000000), <16 x float> %v302
  %v305 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v304, <16 x float> splat (float 0x3FF7154760000000), <16 x float> splat (float 0x4168000000000000))
  %v306 = fsub <16 x float> %v305, splat (float 0x4168000000000000)
  %v307 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v306, <16 x float> splat (float 0xBFE62E4300000000), <16 x float> %v304)
  %v308 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v306, <16 x float> splat (float 0x3E205C6100000000), <16 x float> %v307)
  %v309 = fmul <16 x float> %v308, %v308
  %v310 = call <16 x float> @llvm.fma.v16f32(<16 x float> splat (float 0x3F56AC74E0000000), <16 x float> %v308, <16 x float> splat (float 0x3F8123DE00000000))
  %v311 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v310, <16 x float> %v308, <16 x float> splat (float 0x3FA5558580000000))
  %v312 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v311, <16 x float> %v308, <16 x float> splat (float 0x3FC55548C0000000))
  %v313 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v312, <16 x float> %v308, <16 x float> splat (float 0x3FDFFFFFC0000000))
  %v314 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v309, <16 x float> %v313, <16 x float> %v308)
  %v315 = fadd <16 x float> %v314, splat (float 0x3FF0000000000000)
  %v316 = bitcast <16 x float> %v305 to <16 x i32>
  %v317 = sub <16 x i32> %v316, splat (i32 1262485504)
  %v318 = ashr <16 x i32> %v317, splat (i32 1)
  %v319 = add <16 x i32> %v318, splat (i32 127)
  %v320 = shl <16 x i32> %v319, splat (i32 23)
  %v321 = bitcast <16 x i32> %v320 to <16 x float>
  %v322 = fmul <16 x float> %v315, %v321
  %v323 = sub <16 x i32> %v317, %v318
  %v324 = add <16 x i32> %v323, splat (i32 127)
  %v325 = shl <16 x i32> %v324, splat (i32 23)
  %v326 = bitcast <16 x i32> %v325 to <16 x float>
  %v327 = fmul <16 x float> %v322, %v326
  %v328 = getelementptr float, ptr %v296, i64 16
  store <16 x float> %v327, ptr %v328, align 64
  %v329 = fadd <16 x float> %v263, %v327
  %v330 = mul i64 %v260, -1
  %v331 = add i64 %v330, 968
  %v332 = icmp sgt i64 %v331, 0
  %v333 = select i1 %v332, i64 %v331, i64 0
  %v334 = trunc i64 %v333 to i32
  %v335 = insertelement <16 x i32> poison, i32 %v334, i64 0
  %v336 = shufflevector <16 x i32> %v335, <16 x i32> poison, <16 x i32> zeroinitializer
  %v337 = icmp ugt <16 x i32> %v336, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v338 = getelementptr float, ptr %v266, i64 32
  %v339 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v338, i32 32, <16 x i1> %v337, <16 x float> zeroinitializer)
  %v340 = fsub <16 x float> %v339, %v120
  %v341 = fcmp ogt <16 x float> splat (float 0xC05A400000000000), %v340
  %v342 = select <16 x i1> %v341, <16 x float> splat (float 0xC05A400000000000), <16 x float> %v340
  %v343 = fcmp olt <16 x float> splat (float 0x4056800000000000), %v342
  %v344 = select <16 x i1> %v343, <16 x float> splat (float 0x4056800000000000), <16 x float> %v342
  %v345 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v344, <16 x float> splat (float 0x3FF7154760000000), <16 x float> splat (float 0x4168000000000000))
  %v346 = fsub <16 x float> %v345, splat (float 0x4168000000000000)
  %v347 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v346, <16 x float> splat (float 0xBFE62E4300000000), <16 x float> %v344)
  %v348 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v346, <16 x float> splat (float 0x3E205C6100000000), <16 x float> %v347)
  %v349 = fmul <16 x float> %v348, %v348
  %v350 = call <16 x float> @llvm.fma.v16f32(<16 x float> splat (float 0x3F56AC74E0000000), <16 x float> %v348, <16 x float> splat (float 0x3F8123DE00000000))
  %v351 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v350, <16 x float> %v348, <16 x float> splat (float 0x3FA5558580000000))
  %v352 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v351, <16 x float> %v348, <16 x float> splat (float 0x3FC55548C0000000))
  %v353 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v352, <16 x float> %v348, <16 x float> splat (float 0x3FDFFFFFC0000000))
  %v354 = call <16 x float> @llvm.fma.v16f32(<16 x float> %v349, <16 x float> %v353, <16 x float> %v348)
  %v355 = fadd <16 x float> %v354, splat (float 0x3FF0000000000000)
  %v356 = bitcast <16 x float> %v345 to <16 x i32>
  %v357 = sub <16 x i32> %v356, splat (i32 1262485504)
  %v358 = ashr <16 x i32> %v357, splat (i32 1)
  %v359 = add <16 x i32> %v358, splat (i32 127)
  %v360 = shl <16 x i32> %v359, splat (i32 23)
  %v361 = bitcast <16 x i32> %v360 to <16 x float>
  %v362 = fmul <16 x float> %v355, %v361
  %v363 = sub <16 x i32> %v357, %v358
  %v364 = add <16 x i32> %v363, splat (i32 127)
  %v365 = shl <16 x i32> %v364, splat (i32 23)
  %v366 = bitcast <16 x i32> %v365 to <16 x float>
  %v367 = fmul <16 x float> %v362, %v366
  %v368 = getelementptr float, ptr %v296, i64 32
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v367, ptr %v368, i32 64, <16 x i1> %v337)
  %v369 = fadd <16 x float> %v264, %v367
  %v370 = select <16 x i1> %v337, <16 x float> %v369, <16 x float> %v264
  %v261 = add nsw i64 %v260, 64
  %v371 = icmp slt i64 %v261, 1000
  br i1 %v371, label %block258, label %block259
block259:
  %v372 = fadd <16 x float> %v297, %v370
  %v373 = fadd <16 x float> %v329, %v265
  %v374 = fadd <16 x float> %v372, %v373
  %v375 = shufflevector <16 x float> %v374, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %v376 = shufflevector <16 x float> %v374, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v377 = fadd <8 x float> %v375, %v376
  %v378 = shufflevector <8 x float> %v377, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %v379 = shufflevector <8 x float> %v377, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
  %v380 = fadd <4 x float> %v378, %v379
  %v381 = shufflevector <4 x float> %v380, <4 x float> poison, <2 x i32> <i32 0, i32 1>
  %v382 = shufflevector <4 x float> %v380, <4 x float> poison, <2 x i32> <i32 2, i32 3>
  %v383 = fadd <2 x float> %v381, %v382
  %v384 = extractelement <2 x float> %v383, i64 0
  %v385 = extractelement <2 x float> %v383, i64 1
  %v386 = fadd float %v384, %v385
  %v387 = insertelement <16 x float> poison, float %v386, i64 0
  %v388 = shufflevector <16 x float> %v387, <16 x float> poison, <16 x i32> zeroinitializer
  %v396 = getelementptr float, ptr %v3, i64 %v20
  br label %block389
block389:
  %v391 = phi i64 [ 0, %block259 ], [ %v392, %block389 ]
  %v393 = getelementptr float, ptr %v4, i64 %v391
  %v394 = load <16 x float>, ptr %v393, align 64
  %v395 = fdiv <16 x float> %v394, %v388
  %v397 = getelementptr float, ptr %v396, i64 %v391
  store <16 x float> %v395, ptr %v397, align 32
  %v398 = getelementptr float, ptr %v393, i64 16
  %v399 = load <16 x float>, ptr %v398, align 64
  %v400 = fdiv <16 x float> %v399, %v388
  %v401 = getelementptr float, ptr %v397, i64 16
  store <16 x float> %v400, ptr %v401, align 32
  %v402 = getelementptr float, ptr %v393, i64 32
  %v403 = load <16 x float>, ptr %v402, align 64
  %v404 = fdiv <16 x float> %v403, %v388
  %v405 = getelementptr float, ptr %v397, i64 32
  store <16 x float> %v404, ptr %v405, align 32
  %v406 = getelementptr float, ptr %v393, i64 48
  %v407 = load <16 x float>, ptr %v406, align 64
  %v408 = fdiv <16 x float> %v407, %v388
  %v409 = getelementptr float, ptr %v397, i64 48
  store <16 x float> %v408, ptr %v409, align 32
  %v392 = add nsw i64 %v391, 64
  %v410 = icmp slt i64 %v392, 960
  br i1 %v410, label %block389, label %block390
block390:
  br label %block411
block411:
  %v413 = phi i64 [ 960, %block390 ], [ %v414, %block411 ]
  %v415 = mul i64 %v413, -1
  %v416 = add i64 %v415, 1000
  %v417 = icmp slt i64 %v416, 16
  %v418 = select i1 %v417, i64 %v416, i64 16
  %v419 = trunc i64 %v418 to i32
  %v420 = insertelement <16 x i32> poison, i32 %v419, i64 0
  %v421 = shufflevector <16 x i32> %v420, <16 x i32> poison, <16 x i32> zeroinitializer
  %v422 = icmp ugt <16 x i32> %v421, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v423 = getelementptr float, ptr %v4, i64 %v413
  %v424 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v423, i32 64, <16 x i1> %v422, <16 x float> zeroinitializer)
  %v425 = fdiv <16 x float> %v424, %v388
  %v426 = getelementptr float, ptr %v396, i64 %v413
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v425, ptr %v426, i32 32, <16 x i1> %v422)
  %v414 = add nsw i64 %v413, 16
  %v427 = icmp slt i64 %v414, 1000
  br i1 %v427, label %block411, label %block412
block412:
  %v11 = add nsw i64 %v10, 1
  %v428 = icmp slt i64 %v11, %end
  br i1 %v428, label %block8, label %block9
block9:
  ret void
}

declare <16 x float> @llvm.fma.v16f32(<16 x float>, <16 x float>, <16 x float>)
declare <16 x float> @llvm.masked.load.v16f32.p0(ptr, i32 immarg, <16 x i1>, <16 x float>)
declare void @llvm.masked.store.v16f32.p0(<16 x float>, ptr, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
