define void @kernel(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) #0 {
entry:
  %v0 = getelementptr ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0
  %v2 = getelementptr ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2
  %v4 = alloca [64 x float], align 64
  %v5 = alloca [64 x i32], align 64
  %v6 = getelementptr i64, ptr %parameters, i64 0
  %v7 = load i64, ptr %v6
  %v8 = getelementptr i64, ptr %parameters, i64 1
  %v9 = load i64, ptr %v8
  %v10 = icmp slt i64 %begin, %end
  %v28 = add i64 %v9, 8191
  %v29 = udiv i64 %v28, 8192
  br i1 %v10, label %block11, label %block12
block11:
  %v13 = phi i64 [ %begin, %entry ], [ %v14, %block613 ]
  br label %block15
block15:
  %v17 = phi i64 [ 0, %block11 ], [ %v18, %block15 ]
  %v19 = getelementptr float, ptr %v4, i64 %v17
  store <16 x float> splat (float 0xFFF0000000000000), ptr %v19, align 64
  %v20 = getelementptr i32, ptr %v5, i64 %v17
  store <16 x i32> splat (i32 4294967295), ptr %v20, align 64
  %v21 = getelementptr float, ptr %v19, i64 16
  store <16 x float> splat (float 0xFFF0000000000000), ptr %v21, align 64
  %v22 = getelementptr i32, ptr %v20, i64 16
  store <16 x i32> splat (i32 4294967295), ptr %v22, align 64
  %v23 = getelementptr float, ptr %v19, i64 32
  store <16 x float> splat (float 0xFFF0000000000000), ptr %v23, align 64
  %v24 = getelementptr i32, ptr %v20, i64 32
  store <16 x i32> splat (i32 4294967295), ptr %v24, align 64
  %v25 = getelementptr float, ptr %v19, i64 48
  store <16 x float> splat (float 0xFFF0000000000000), ptr %v25, align 64
  %v26 = getelementptr i32, ptr %v20, i64 48
  store <16 x i32> splat (i32 4294967295), ptr %v26, align 64
  %v18 = add nsw i64 %v17, 64
  %v27 = icmp slt i64 %v18, 64
  br i1 %v27, label %block15, label %block16
block16:
  %v30 = icmp slt i64 0, %v29
  %v62 = mul i64 %v13, %v9
  %v63 = getelementptr float, ptr %v1, i64 %v62
  br i1 %v30, label %block31, label %block32
block31:
  %v33 = phi i64 [ 0, %block16 ], [ %v34, %block157 ]
  %v35 = mul i64 %v33, -8192
  %v36 = add i64 %v35, %v9
  %v37 = icmp slt i64 %v36, 8192
  %v38 = select i1 %v37, i64 %v36, i64 8192
  %v39 = sdiv i64 %v38, 64
  %v40 = mul i64 %v39, 64
  %v41 = sub i64 %v38, %v40
  %v42 = xor i64 %v41, 64
  %v43 = icmp slt i64 %v42, 0
  %v44 = icmp ne i64 %v41, 0
  %v45 = and i1 %v43, %v44
  %v46 = sub i64 %v39, 1
  %v47 = select i1 %v45, i64 %v46, i64 %v39
  %v48 = mul i64 %v47, 64
  %v49 = icmp slt i64 0, %v48
  %v64 = mul i64 %v33, 8192
  %v65 = getelementptr float, ptr %v63, i64 %v64
  %v68 = insertelement <16 x i64> poison, i64 %v64, i64 0
  %v69 = shufflevector <16 x i64> %v68, <16 x i64> poison, <16 x i32> zeroinitializer
  br i1 %v49, label %block50, label %block51
block50:
  %v52 = phi i64 [ 0, %block31 ], [ %v53, %block50 ]
  %v54 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block31 ], [ %v87, %block50 ]
  %v55 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block31 ], [ %v106, %block50 ]
  %v56 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block31 ], [ %v125, %block50 ]
  %v57 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block31 ], [ %v144, %block50 ]
  %v58 = phi <16 x i32> [ splat (i32 4294967295), %block31 ], [ %v88, %block50 ]
  %v59 = phi <16 x i32> [ splat (i32 4294967295), %block31 ], [ %v107, %block50 ]
  %v60 = phi <16 x i32> [ splat (i32 4294967295), %block31 ], [ %v126, %block50 ]
  %v61 = phi <16 x i32> [ splat (i32 4294967295), %block31 ], [ %v145, %block50 ]
  %v66 = getelementptr float, ptr %v65, i64 %v52
  %v67 = load <16 x float>, ptr %v66, align 4
  %v70 = insertelement <16 x i64> poison, i64 %v52, i64 0
  %v71 = shufflevector <16 x i64> %v70, <16 x i64> poison, <16 x i32> zeroinitializer
  %v72 = add <16 x i64> %v71, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12, i64 13, i64 14, i64 15>
  %v73 = add <16 x i64> %v69, %v72
  %v74 = trunc <16 x i64> %v73 to <16 x i32>
  %v75 = fcmp ogt <16 x float> %v67, %v54
  %v76 = fcmp oeq <16 x float> %v54, %v67
  %v77 = fcmp une <16 x float> %v54, %v54
  %v78 = fcmp une <16 x float> %v67, %v67
  %v79 = xor <16 x i1> %v77, splat (i1 true)
  %v80 = and <16 x i1> %v78, %v79
  %v81 = or <16 x i1> %v75, %v80
  %v82 = and <16 x i1> %v78, %v77
  %v83 = or <16 x i1> %v76, %v82
  %v84 = icmp ult <16 x i32> %v74, %v58
  %v85 = and <16 x i1> %v83, %v84
  %v86 = or <16 x i1> %v81, %v85
  %v87 = select <16 x i1> %v86, <16 x float> %v67, <16 x float> %v54
  %v88 = select <16 x i1> %v86, <16 x i32> %v74, <16 x i32> %v58
  %v89 = getelementptr float, ptr %v66, i64 16
  %v90 = load <16 x float>, ptr %v89, align 4
  %v91 = add <16 x i64> %v69, %v72
  %v92 = add <16 x i64> %v91, splat (i64 16)
  %v93 = trunc <16 x i64> %v92 to <16 x i32>
  %v94 = fcmp ogt <16 x float> %v90, %v55
  %v95 = fcmp oeq <16 x float> %v55, %v90
  %v96 = fcmp une <16 x float> %v55, %v55
  %v97 = fcmp une <16 x float> %v90, %v90
  %v98 = xor <16 x i1> %v96, splat (i1 true)
  %v99 = and <16 x i1> %v97, %v98
  %v100 = or <16 x i1> %v94, %v99
  %v101 = and <16 x i1> %v97, %v96
  %v102 = or <16 x i1> %v95, %v101
  %v103 = icmp ult <16 x i32> %v93, %v59
  %v104 = and <16 x i1> %v102, %v103
  %v105 = or <16 x i1> %v100, %v104
  %v106 = select <16 x i1> %v105, <16 x float> %v90, <16 x float> %v55
  %v107 = select <16 x i1> %v105, <16 x i32> %v93, <16 x i32> %v59
  %v108 = getelementptr float, ptr %v66, i64 32
  %v109 = load <16 x float>, ptr %v108, align 4
  %v110 = add <16 x i64> %v69, %v72
  %v111 = add <16 x i64> %v110, splat (i64 32)
  %v112 = trunc <16 x i64> %v111 to <16 x i32>
  %v113 = fcmp ogt <16 x float> %v109, %v56
  %v114 = fcmp oeq <16 x float> %v56, %v109
  %v115 = fcmp une <16 x float> %v56, %v56
  %v116 = fcmp une <16 x float> %v109, %v109
  %v117 = xor <16 x i1> %v115, splat (i1 true)
  %v118 = and <16 x i1> %v116, %v117
  %v119 = or <16 x i1> %v113, %v118
  %v120 = and <16 x i1> %v116, %v115
  %v121 = or <16 x i1> %v114, %v120
  %v122 = icmp ult <16 x i32> %v112, %v60
  %v123 = and <16 x i1> %v121, %v122
  %v124 = or <16 x i1> %v119, %v123
  %v125 = select <16 x i1> %v124, <16 x float> %v109, <16 x float> %v56
  %v126 = select <16 x i1> %v124, <16 x i32> %v112, <16 x i32> %v60
  %v127 = getelementptr float, ptr %v66, i64 48
  %v128 = load <16 x float>, ptr %v127, align 4
  %v129 = add <16 x i64> %v69, %v72
  %v130 = add <16 x i64> %v129, splat (i64 48)
  %v131 = trunc <16 x i64> %v130 to <16 x i32>
  %v132 = fcmp ogt <16 x float> %v128, %v57
  %v133 = fcmp oeq <16 x float> %v57, %v128
  %v134 = fcmp une <16 x float> %v57, %v57
  %v135 = fcmp une <16 x float> %v128, %v128
  %v136 = xor <16 x i1> %v134, splat (i1 true)
  %v137 = and <16 x i1> %v135, %v136
  %v138 = or <16 x i1> %v132, %v137
  %v139 = and <16 x i1> %v135, %v134
  %v140 = or <16 x i1> %v133, %v139
  %v141 = icmp ult <16 x i32> %v131, %v61
  %v142 = and <16 x i1> %v140, %v141
  %v143 = or <16 x i1> %v138, %v142
  %v144 = select <16 x i1> %v143, <16 x float> %v128, <16 x float> %v57
  %v145 = select <16 x i1> %v143, <16 x i32> %v131, <16 x i32> %v61
  %v53 = add nsw i64 %v52, 64
  %v146 = icmp slt i64 %v53, %v48
  br i1 %v146, label %block50, label %block51
block51:
  %v147 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block31 ], [ %v87, %block50 ]
  %v148 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block31 ], [ %v106, %block50 ]
  %v149 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block31 ], [ %v125, %block50 ]
  %v150 = phi <16 x float> [ splat (float 0xFFF0000000000000), %block31 ], [ %v144, %block50 ]
  %v151 = phi <16 x i32> [ splat (i32 4294967295), %block31 ], [ %v88, %block50 ]
  %v152 = phi <16 x i32> [ splat (i32 4294967295), %block31 ], [ %v107, %block50 ]
  %v153 = phi <16 x i32> [ splat (i32 4294967295), %block31 ], [ %v126, %block50 ]
  %v154 = phi <16 x i32> [ splat (i32 4294967295), %block31 ], [ %v145, %block50 ]
  %v155 = icmp slt i64 %v48, %v38
  %v201 = add i64 %v38, -16
  %v232 = add i64 %v38, -32
  %v263 = add i64 %v38, -48
  br i1 %v155, label %block156, label %block157
block156:
  %v158 = phi i64 [ %v48, %block51 ], [ %v159, %block156 ]
  %v160 = phi <16 x float> [ %v147, %block51 ], [ %v199, %block156 ]
  %v161 = phi <16 x float> [ %v148, %block51 ], [ %v230, %block156 ]
  %v162 = phi <16 x float> [ %v149, %block51 ], [ %v261, %block156 ]
  %v163 = phi <16 x float> [ %v150, %block51 ], [ %v292, %block156 ]
  %v164 = phi <16 x i32> [ %v151, %block51 ], [ %v200, %block156 ]
  %v165 = phi <16 x i32> [ %v152, %block51 ], [ %v231, %block156 ]
  %v166 = phi <16 x i32> [ %v153, %block51 ], [ %v262, %block156 ]
  %v167 = phi <16 x i32> [ %v154, %block51 ], [ %v293, %block156 ]
  %v168 = mul i64 %v158, -1
  %v169 = add i64 %v168, %v38
  %v170 = icmp slt i64 %v169, 16
  %v171 = select i1 %v170, i64 %v169, i64 16
  %v172 = icmp sgt i64 %v171, 0
  %v173 = select i1 %v172, i64 %v171, i64 0
  %v174 = trunc i64 %v173 to i32
  %v175 = insertelement <16 x i32> poison, i32 %v174, i64 0
  %v176 = shufflevector <16 x i32> %v175, <16 x i32> poison, <16 x i32> zeroinitializer
  %v177 = icmp ugt <16 x i32> %v176, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v178 = getelementptr float, ptr %v65, i64 %v158
  %v179 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v178, i32 4, <16 x i1> %v177, <16 x float> zeroinitializer)
  %v180 = insertelement <16 x i64> poison, i64 %v158, i64 0
  %v181 = shufflevector <16 x i64> %v180, <16 x i64> poison, <16 x i32> zeroinitializer
  %v182 = add <16 x i64> %v181, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12, i64 13, i64 14, i64 15>
  %v183 = add <16 x i64> %v69, %v182
  %v184 = trunc <16 x i64> %v183 to <16 x i32>
  %v185 = fcmp ogt <16 x float> %v179, %v160
  %v186 = fcmp oeq <16 x float> %v160, %v179
  %v187 = fcmp une <16 x float> %v160, %v160
  %v188 = fcmp une <16 x float> %v179, %v179
  %v189 = xor <16 x i1> %v187, splat (i1 true)
  %v190 = and <16 x i1> %v188, %v189
  %v191 = or <16 x i1> %v185, %v190
  %v192 = and <16 x i1> %v188, %v187
  %v193 = or <16 x i1> %v186, %v192
  %v194 = icmp ult <16 x i32> %v184, %v164
  %v195 = and <16 x i1> %v193, %v194
  %v196 = or <16 x i1> %v191, %v195
  %v197 = select <16 x i1> %v196, <16 x float> %v179, <16 x float> %v160
  %v198 = select <16 x i1> %v196, <16 x i32> %v184, <16 x i32> %v164
  %v199 = select <16 x i1> %v177, <16 x float> %v197, <16 x float> %v160
  %v200 = select <16 x i1> %v177, <16 x i32> %v198, <16 x i32> %v164
  %v202 = add i64 %v168, %v201
  %v203 = icmp slt i64 %v202, 16
  %v204 = select i1 %v203, i64 %v202, i64 16
  %v205 = icmp sgt i64 %v204, 0
  %v206 = select i1 %v205, i64 %v204, i64 0
  %v207 = trunc i64 %v206 to i32
  %v208 = insertelement <16 x i32> poison, i32 %v207, i64 0
  %v209 = shufflevector <16 x i32> %v208, <16 x i32> poison, <16 x i32> zeroinitializer
  %v210 = icmp ugt <16 x i32> %v209, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v211 = getelementptr float, ptr %v178, i64 16
  %v212 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v211, i32 4, <16 x i1> %v210, <16 x float> zeroinitializer)
  %v213 = add <16 x i64> %v69, %v182
  %v214 = add <16 x i64> %v213, splat (i64 16)
  %v215 = trunc <16 x i64> %v214 to <16 x i32>
  %v216 = fcmp ogt <16 x float> %v212, %v161
  %v217 = fcmp oeq <16 x float> %v161, %v212
  %v218 = fcmp une <16 x float> %v161, %v161
  %v219 = fcmp une <16 x float> %v212, %v212
  %v220 = xor <16 x i1> %v218, splat (i1 true)
  %v221 = and <16 x i1> %v219, %v220
  %v222 = or <16 x i1> %v216, %v221
  %v223 = and <16 x i1> %v219, %v218
  %v224 = or <16 x i1> %v217, %v223
  %v225 = icmp ult <16 x i32> %v215, %v165
  %v226 = and <16 x i1> %v224, %v225
  %v227 = or <16 x i1> %v222, %v226
  %v228 = select <16 x i1> %v227, <16 x float> %v212, <16 x float> %v161
  %v229 = select <16 x i1> %v227, <16 x i32> %v215, <16 x i32> %v165
  %v230 = select <16 x i1> %v210, <16 x float> %v228, <16 x float> %v161
  %v231 = select <16 x i1> %v210, <16 x i32> %v229, <16 x i32> %v165
  %v233 = add i64 %v168, %v232
  %v234 = icmp slt i64 %v233, 16
  %v235 = select i1 %v234, i64 %v233, i64 16
  %v236 = icmp sgt i64 %v235, 0
  %v237 = select i1 %v236, i64 %v235, i64 0
  %v238 = trunc i64 %v237 to i32
  %v239 = insertelement <16 x i32> poison, i32 %v238, i64 0
  %v240 = shufflevector <16 x i32> %v239, <16 x i32> poison, <16 x i32> zeroinitializer
  %v241 = icmp ugt <16 x i32> %v240, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v242 = getelementptr float, ptr %v178, i64 32
  %v243 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v242, i32 4, <16 x i1> %v241, <16 x float> zeroinitializer)
  %v244 = add <16 x i64> %v69, %v182
  %v245 = add <16 x i64> %v244, splat (i64 32)
  %v246 = trunc <16 x i64> %v245 to <16 x i32>
  %v247 = fcmp ogt <16 x float> %v243, %v162
  %v248 = fcmp oeq <16 x float> %v162, %v243
  %v249 = fcmp une <16 x float> %v162, %v162
  %v250 = fcmp une <16 x float> %v243, %v243
  %v251 = xor <16 x i1> %v249, splat (i1 true)
  %v252 = and <16 x i1> %v250, %v251
  %v253 = or <16 x i1> %v247, %v252
  %v254 = and <16 x i1> %v250, %v249
  %v255 = or <16 x i1> %v248, %v254
  %v256 = icmp ult <16 x i32> %v246, %v166
  %v257 = and <16 x i1> %v255, %v256
  %v258 = or <16 x i1> %v253, %v257
  %v259 = select <16 x i1> %v258, <16 x float> %v243, <16 x float> %v162
  %v260 = select <16 x i1> %v258, <16 x i32> %v246, <16 x i32> %v166
  %v261 = select <16 x i1> %v241, <16 x float> %v259, <16 x float> %v162
  %v262 = select <16 x i1> %v241, <16 x i32> %v260, <16 x i32> %v166
  %v264 = add i64 %v168, %v263
  %v265 = icmp slt i64 %v264, 16
  %v266 = select i1 %v265, i64 %v264, i64 16
  %v267 = icmp sgt i64 %v266, 0
  %v268 = select i1 %v267, i64 %v266, i64 0
  %v269 = trunc i64 %v268 to i32
  %v270 = insertelement <16 x i32> poison, i32 %v269, i64 0
  %v271 = shufflevector <16 x i32> %v270, <16 x i32> poison, <16 x i32> zeroinitializer
  %v272 = icmp ugt <16 x i32> %v271, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v273 = getelementptr float, ptr %v178, i64 48
  %v274 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v273, i32 4, <16 x i1> %v272, <16 x float> zeroinitializer)
  %v275 = add <16 x i64> %v69, %v182
  %v276 = add <16 x i64> %v275, splat (i64 48)
  %v277 = trunc <16 x i64> %v276 to <16 x i32>
  %v278 = fcmp ogt <16 x float> %v274, %v163
  %v279 = fcmp oeq <16 x float> %v163, %v274
  %v280 = fcmp une <16 x float> %v163, %v163
  %v281 = fcmp une <16 x float> %v274, %v274
  %v282 = xor <16 x i1> %v280, splat (i1 true)
  %v283 = and <16 x i1> %v281, %v282
  %v284 = or <16 x i1> %v278, %v283
  %v285 = and <16 x i1> %v281, %v280
  %v286 = or <16 x i1> %v279, %v285
  %v287 = icmp ult <16 x i32> %v277, %v167
  %v288 = and <16 x i1> %v286, %v287
  %v289 = or <16 x i1> %v284, %v288
  %v290 = select <16 x i1> %v289, <16 x float> %v274, <16 x float> %v163
  %v291 = select <16 x i1> %v289, <16 x i32> %v277, <16 x i32> %v167
  %v292 = select <16 x i1> %v272, <16 x float> %v290, <16 x float> %v163
  %v293 = select <16 x i1> %v272, <16 x i32> %v291, <16 x i32> %v167
  %v159 = add nsw i64 %v158, 64
  %v294 = icmp slt i64 %v159, %v38
  br i1 %v294, label %block156, label %block157
block157:
  %v295 = phi <16 x float> [ %v147, %block51 ], [ %v199, %block156 ]
  %v296 = phi <16 x float> [ %v148, %block51 ], [ %v230, %block156 ]
  %v297 = phi <16 x float> [ %v149, %block51 ], [ %v261, %block156 ]
  %v298 = phi <16 x float> [ %v150, %block51 ], [ %v292, %block156 ]
  %v299 = phi <16 x i32> [ %v151, %block51 ], [ %v200, %block156 ]
  %v300 = phi <16 x i32> [ %v152, %block51 ], [ %v231, %block156 ]
  %v301 = phi <16 x i32> [ %v153, %block51 ], [ %v262, %block156 ]
  %v302 = phi <16 x i32> [ %v154, %block51 ], [ %v293, %block156 ]
  %v303 = fcmp ogt <16 x float> %v297, %v295
  %v304 = fcmp oeq <16 x float> %v295, %v297
  %v305 = fcmp une <16 x float> %v295, %v295
  %v306 = fcmp une <16 x float> %v297, %v297
  %v307 = xor <16 x i1> %v305, splat (i1 true)
  %v308 = and <16 x i1> %v306, %v307
  %v309 = or <16 x i1> %v303, %v308
  %v310 = and <16 x i1> %v306, %v305
  %v311 = or <16 x i1> %v304, %v310
  %v312 = icmp ult <16 x i32> %v301, %v299
  %v313 = and <16 x i1> %v311, %v312
  %v314 = or <16 x i1> %v309, %v313
  %v315 = select <16 x i1> %v314, <16 x float> %v297, <16 x float> %v295
  %v316 = select <16 x i1> %v314, <16 x i32> %v301, <16 x i32> %v299
  %v317 = fcmp ogt <16 x float> %v298, %v296
  %v318 = fcmp oeq <16 x float> %v296, %v298
  %v319 = fcmp une <16 x float> %v296, %v296
  %v320 = fcmp une <16 x float> %v298, %v298
  %v321 = xor <16 x i1> %v319, splat (i1 true)
  %v322 = and <16 x i1> %v320, %v321
  %v323 = or <16 x i1> %v317, %v322
  %v324 = and <16 x i1> %v320, %v319
  %v325 = or <16 x i1> %v318, %v324
  %v326 = icmp ult <16 x i32> %v302, %v300
  %v327 = and <16 x i1> %v325, %v326
  %v328 = or <16 x i1> %v323, %v327
  %v329 = select <16 x i1> %v328, <16 x float> %v298, <16 x float> %v296
  %v330 = select <16 x i1> %v328, <16 x i32> %v302, <16 x i32> %v300
  %v331 = fcmp ogt <16 x float> %v329, %v315
  %v332 = fcmp oeq <16 x float> %v315, %v329
  %v333 = fcmp une <16 x float> %v315, %v315
  %v334 = fcmp une <16 x float> %v329, %v329
  %v335 = xor <16 x i1> %v333, splat (i1 true)
  %v336 = and <16 x i1> %v334, %v335
  %v337 = or <16 x i1> %v331, %v336
  %v338 = and <16 x i1> %v334, %v333
  %v339 = or <16 x i1> %v332, %v338
  %v340 = icmp ult <16 x i32> %v330, %v316
  %v341 = and <16 x i1> %v339, %v340
  %v342 = or <16 x i1> %v337, %v341
  %v343 = select <16 x i1> %v342, <16 x float> %v329, <16 x float> %v315
  %v344 = select <16 x i1> %v342, <16 x i32> %v330, <16 x i32> %v316
  %v345 = shufflevector <16 x float> %v343, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %v346 = shufflevector <16 x float> %v343, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v347 = shufflevector <16 x i32> %v344, <16 x i32> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %v348 = shufflevector <16 x i32> %v344, <16 x i32> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v349 = fcmp ogt <8 x float> %v346, %v345
  %v350 = fcmp une <8 x float> %v346, %v346
  %v351 = fcmp une <8 x float> %v345, %v345
  %v352 = xor <8 x i1> %v351, splat (i1 true)
  %v353 = and <8 x i1> %v350, %v352
  %v354 = or <8 x i1> %v349, %v353
  %v355 = fcmp oeq <8 x float> %v345, %v346
  %v356 = and <8 x i1> %v350, %v351
  %v357 = or <8 x i1> %v355, %v356
  %v358 = icmp ult <8 x i32> %v348, %v347
  %v359 = and <8 x i1> %v357, %v358
  %v360 = or <8 x i1> %v354, %v359
  %v361 = select <8 x i1> %v360, <8 x float> %v346, <8 x float> %v345
  %v362 = select <8 x i1> %v360, <8 x i32> %v348, <8 x i32> %v347
  %v363 = shufflevector <8 x float> %v361, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %v364 = shufflevector <8 x float> %v361, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
  %v365 = shufflevector <8 x i32> %v362, <8 x i32> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %v366 = shufflevector <8 x i32> %v362, <8 x i32> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
  %v367 = fcmp ogt <4 x float> %v364, %v363
  %v368 = fcmp une <4 x float> %v364, %v364
  %v369 = fcmp une <4 x float> %v363, %v363
  %v370 = xor <4 x i1> %v369, splat (i1 true)
  %v371 = and <4 x i1> %v368, %v370
  %v372 = or <4 x i1> %v367, %v371
  %v373 = fcmp oeq <4 x float> %v363, %v364
  %v374 = and <4 x i1> %v368, %v369
  %v375 = or <4 x i1> %v373, %v374
  %v376 = icmp ult <4 x i32> %v366, %v365
  %v377 = and <4 x i1> %v375, %v376
  %v378 = or <4 x i1> %v372, %v377
  %v379 = select <4 x i1> %v378, <4 x float> %v364, <4 x float> %v363
  %v380 = select <4 x i1> %v378, <4 x i32> %v366, <4 x i32> %v365
  %v381 = shufflevector <4 x float> %v379, <4 x float> poison, <2 x i32> <i32 0, i32 1>
  %v382 = shufflevector <4 x float> %v379, <4 x float> poison, <2 x i32> <i32 2, i32 3>
  %v383 = shufflevector <4 x i32> %v380, <4 x i32> poison, <2 x i32> <i32 0, i32 1>
  %v384 = shufflevector <4 x i32> %v380, <4 x i32> poison, <2 x i32> <i32 2, i32 3>
  %v385 = fcmp ogt <2 x float> %v382, %v381
  %v386 = fcmp une <2 x float> %v382, %v382
  %v387 = fcmp une <2 x float> %v381, %v381
  %v388 = xor <2 x i1> %v387, splat (i1 true)
  %v389 = and <2 x i1> %v386, %v388
  %v390 = or <2 x i1> %v385, %v389
  %v391 = fcmp oeq <2 x float> %v381, %v382
  %v392 = and <2 x i1> %v386, %v387
  %v393 = or <2 x i1> %v391, %v392
  %v394 = icmp ult <2 x i32> %v384, %v383
  %v395 = and <2 x i1> %v393, %v394
  %v396 = or <2 x i1> %v390, %v395
  %v397 = select <2 x i1> %v396, <2 x float> %v382, <2 x float> %v381
  %v398 = select <2 x i1> %v396, <2 x i32> %v384, <2 x i32> %v383
  %v399 = extractelement <2 x float> %v397, i64 0
  %v400 = extractelement <2 x float> %v397, i64 1
  %v401 = extractelement <2 x i32> %v398, i64 0
  %v402 = extractelement <2 x i32> %v398, i64 1
  %v403 = fcmp ogt float %v400, %v399
  %v404 = fcmp une float %v400, %v400
  %v405 = fcmp une float %v399, %v399
  %v406 = xor i1 %v405, true
  %v407 = and i1 %v404, %v406
  %v408 = or i1 %v403, %v407
  %v409 = fcmp oeq float %v399, %v400
  %v410 = and i1 %v404, %v405
  %v411 = or i1 %v409, %v410
  %v412 = icmp ult i32 %v402, %v401
  %v413 = and i1 %v411, %v412
  %v414 = or i1 %v408, %v413
  %v415 = select i1 %v414, float %v400, float %v399
  %v416 = select i1 %v414, i32 %v402, i32 %v401
  %v417 = urem i64 %v33, 64
  %v418 = getelementptr float, ptr %v4, i64 %v417
  %v419 = load float, ptr %v418, align 4
  %v420 = getelementptr i32, ptr %v5, i64 %v417
  %v421 = load i32, ptr %v420, align 4
  %v422 = fcmp ogt float %v415, %v419
  %v423 = fcmp oeq float %v419, %v415
  %v424 = fcmp une float %v419, %v419
  %v425 = fcmp une float %v415, %v415
  %v426 = xor i1 %v424, true
  %v427 = and i1 %v425, %v426
  %v428 = or i1 %v422, %v427
  %v429 = and i1 %v425, %v424
  %v430 = or i1 %v423, %v429
  %v431 = icmp ult i32 %v416, %v421
  %v432 = and i1 %v430, %v431
  %v433 = or i1 %v428, %v432
  %v434 = select i1 %v433, float %v415, float %v419
  %v435 = select i1 %v433, i32 %v416, i32 %v421
  store float %v434, ptr %v418, align 4
  store i32 %v435, ptr %v420, align 4
  %v34 = add nsw i64 %v33, 1
  %v436 = icmp slt i64 %v34, %v29
  br i1 %v436, label %block31, label %block32
block32:
  br label %block437
block437:
  %v439 = phi i64 [ 0, %block32 ], [ %v440, %block437 ]
  %v441 = getelementptr float, ptr %v4, i64 %v439
  %v442 = getelementptr float, ptr %v441, i64 32
  %v443 = load <16 x float>, ptr %v442, align 64
  %v444 = getelementptr i32, ptr %v5, i64 %v439
  %v445 = getelementptr i32, ptr %v444, i64 32
  %v446 = load <16 x i32>, ptr %v445, align 64
  %v447 = load <16 x float>, ptr %v441, align 64
  %v448 = load <16 x i32>, ptr %v444, align 64
  %v449 = fcmp ogt <16 x float> %v443, %v447
  %v450 = fcmp oeq <16 x float> %v447, %v443
  %v451 = fcmp une <16 x float> %v447, %v447
  %v452 = fcmp une <16 x float> %v443, %v443
  %v453 = xor <16 x i1> %v451, splat (i1 true)
  %v454 = and <16 x i1> %v452, %v453
  %v455 = or <16 x i1> %v449, %v454
  %v456 = and <16 x i1> %v452, %v451
  %v457 = or <16 x i1> %v450, %v456
  %v458 = icmp ult <16 x i32> %v446, %v448
  %v459 = and <16 x i1> %v457, %v458
  %v460 = or <16 x i1> %v455, %v459
  %v461 = select <16 x i1> %v460, <16 x float> %v443, <16 x float> %v447
  %v462 = select <16 x i1> %v460, <16 x i32> %v446, <16 x i32> %v448
  store <16 x float> %v461, ptr %v441, align 64
  store <16 x i32> %v462, ptr %v444, align 64
  %v463 = getelementptr float, ptr %v441, i64 48
  %v464 = load <16 x float>, ptr %v463, align 64
  %v465 = getelementptr i32, ptr %v444, i64 48
  %v466 = load <16 x i32>, ptr %v465, align 64
  %v467 = getelementptr float, ptr %v441, i64 16
  %v468 = load <16 x float>, ptr %v467, align 64
  %v469 = getelementptr i32, ptr %v444, i64 16
  %v470 = load <16 x i32>, ptr %v469, align 64
  %v471 = fcmp ogt <16 x float> %v464, %v468
  %v472 = fcmp oeq <16 x float> %v468, %v464
  %v473 = fcmp une <16 x float> %v468, %v468
  %v474 = fcmp une <16 x float> %v464, %v464
  %v475 = xor <16 x i1> %v473, splat (i1 true)
  %v476 = and <16 x i1> %v474, %v475
  %v477 = or <16 x i1> %v471, %v476
  %v478 = and <16 x i1> %v474, %v473
  %v479 = or <16 x i1> %v472, %v478
  %v480 = icmp ult <16 x i32> %v466, %v470
  %v481 = and <16 x i1> %v479, %v480
  %v482 = or <16 x i1> %v477, %v481
  %v483 = select <16 x i1> %v482, <16 x float> %v464, <16 x float> %v468
  %v484 = select <16 x i1> %v482, <16 x i32> %v466, <16 x i32> %v470
  store <16 x float> %v483, ptr %v467, align 64
  store <16 x i32> %v484, ptr %v469, align 64
  %v440 = add nsw i64 %v439, 32
  %v485 = icmp slt i64 %v440, 32
  br i1 %v485, label %block437, label %block438
block438:
  br label %block486
block486:
  %v488 = phi i64 [ 0, %block438 ], [ %v489, %block486 ]
  %v490 = getelementptr float, ptr %v4, i64 %v488
  %v491 = getelementptr float, ptr %v490, i64 16
  %v492 = load <16 x float>, ptr %v491, align 64
  %v493 = getelementptr i32, ptr %v5, i64 %v488
  %v494 = getelementptr i32, ptr %v493, i64 16
  %v495 = load <16 x i32>, ptr %v494, align 64
  %v496 = load <16 x float>, ptr %v490, align 64
  %v497 = load <16 x i32>, ptr %v493, align 64
  %v498 = fcmp ogt <16 x float> %v492, %v496
  %v499 = fcmp oeq <16 x float> %v496, %v492
  %v500 = fcmp une <16 x float> %v496, %v496
  %v501 = fcmp une <16 x float> %v492, %v492
  %v502 = xor <16 x i1> %v500, splat (i1 true)
  %v503 = and <16 x i1> %v501, %v502
  %v504 = or <16 x i1> %v498, %v503
  %v505 = and <16 x i1> %v501, %v500
  %v506 = or <16 x i1> %v499, %v505
  %v507 = icmp ult <16 x i32> %v495, %v497
  %v508 = and <16 x i1> %v506, %v507
  %v509 = or <16 x i1> %v504, %v508
  %v510 = select <16 x i1> %v509, <16 x float> %v492, <16 x float> %v496
  %v511 = select <16 x i1> %v509, <16 x i32> %v495, <16 x i32> %v497
  store <16 x float> %v510, ptr %v490, align 64
  store <16 x i32> %v511, ptr %v493, align 64
  %v489 = add nsw i64 %v488, 16
  %v512 = icmp slt i64 %v489, 16
  br i1 %v512, label %block486, label %block487
block487:
  br label %block513
block513:
  %v515 = phi i64 [ 0, %block487 ], [ %v516, %block513 ]
  %v517 = mul i64 %v515, -1
  %v518 = add i64 %v517, 8
  %v519 = trunc i64 %v518 to i32
  %v520 = insertelement <16 x i32> poison, i32 %v519, i64 0
  %v521 = shufflevector <16 x i32> %v520, <16 x i32> poison, <16 x i32> zeroinitializer
  %v522 = icmp ugt <16 x i32> %v521, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v523 = getelementptr float, ptr %v4, i64 %v515
  %v524 = getelementptr float, ptr %v523, i64 8
  %v525 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v524, i32 32, <16 x i1> %v522, <16 x float> zeroinitializer)
  %v526 = getelementptr i32, ptr %v5, i64 %v515
  %v527 = getelementptr i32, ptr %v526, i64 8
  %v528 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v527, i32 32, <16 x i1> %v522, <16 x i32> zeroinitializer)
  %v529 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v523, i32 64, <16 x i1> %v522, <16 x float> zeroinitializer)
  %v530 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v526, i32 64, <16 x i1> %v522, <16 x i32> zeroinitializer)
  %v531 = fcmp ogt <16 x float> %v525, %v529
  %v532 = fcmp oeq <16 x float> %v529, %v525
  %v533 = fcmp une <16 x float> %v529, %v529
  %v534 = fcmp une <16 x float> %v525, %v525
  %v535 = xor <16 x i1> %v533, splat (i1 true)
  %v536 = and <16 x i1> %v534, %v535
  %v537 = or <16 x i1> %v531, %v536
  %v538 = and <16 x i1> %v534, %v533
  %v539 = or <16 x i1> %v532, %v538
  %v540 = icmp ult <16 x i32> %v528, %v530
  %v541 = and <16 x i1> %v539, %v540
  %v542 = or <16 x i1> %v537, %v541
  %v543 = select <16 x i1> %v542, <16 x float> %v525, <16 x float> %v529
  %v544 = select <16 x i1> %v542, <16 x i32> %v528, <16 x i32> %v530
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v543, ptr %v523, i32 64, <16 x i1> %v522)
  call void @llvm.masked.store.v16i32.p0(<16 x i32> %v544, ptr %v526, i32 64, <16 x i1> %v522)
  %v516 = add nsw i64 %v515, 16
  %v545 = icmp slt i64 %v516, 8
  br i1 %v545, label %block513, label %block514
block514:
  br label %block546
block546:
  %v548 = phi i64 [ 0, %block514 ], [ %v549, %block546 ]
  %v550 = mul i64 %v548, -1
  %v551 = add i64 %v550, 4
  %v552 = trunc i64 %v551 to i32
  %v553 = insertelement <16 x i32> poison, i32 %v552, i64 0
  %v554 = shufflevector <16 x i32> %v553, <16 x i32> poison, <16 x i32> zeroinitializer
  %v555 = icmp ugt <16 x i32> %v554, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v556 = getelementptr float, ptr %v4, i64 %v548
  %v557 = getelementptr float, ptr %v556, i64 4
  %v558 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v557, i32 16, <16 x i1> %v555, <16 x float> zeroinitializer)
  %v559 = getelementptr i32, ptr %v5, i64 %v548
  %v560 = getelementptr i32, ptr %v559, i64 4
  %v561 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v560, i32 16, <16 x i1> %v555, <16 x i32> zeroinitializer)
  %v562 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v556, i32 64, <16 x i1> %v555, <16 x float> zeroinitializer)
  %v563 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v559, i32 64, <16 x i1> %v555, <16 x i32> zeroinitializer)
  %v564 = fcmp ogt <16 x float> %v558, %v562
  %v565 = fcmp oeq <16 x float> %v562, %v558
  %v566 = fcmp une <16 x float> %v562, %v562
  %v567 = fcmp une <16 x float> %v558, %v558
  %v568 = xor <16 x i1> %v566, splat (i1 true)
  %v569 = and <16 x i1> %v567, %v568
  %v570 = or <16 x i1> %v564, %v569
  %v571 = and <16 x i1> %v567, %v566
  %v572 = or <16 x i1> %v565, %v571
  %v573 = icmp ult <16 x i32> %v561, %v563
  %v574 = and <16 x i1> %v572, %v573
  %v575 = or <16 x i1> %v570, %v574
  %v576 = select <16 x i1> %v575, <16 x float> %v558, <16 x float> %v562
  %v577 = select <16 x i1> %v575, <16 x i32> %v561, <16 x i32> %v563
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v576, ptr %v556, i32 64, <16 x i1> %v555)
  call void @llvm.masked.store.v16i32.p0(<16 x i32> %v577, ptr %v559, i32 64, <16 x i1> %v555)
  %v549 = add nsw i64 %v548, 16
  %v578 = icmp slt i64 %v549, 4
  br i1 %v578, label %block546, label %block547
block547:
  br label %block579
block579:
  %v581 = phi i64 [ 0, %block547 ], [ %v582, %block579 ]
  %v583 = mul i64 %v581, -1
  %v584 = add i64 %v583, 2
  %v585 = trunc i64 %v584 to i32
  %v586 = insertelement <16 x i32> poison, i32 %v585, i64 0
  %v587 = shufflevector <16 x i32> %v586, <16 x i32> poison, <16 x i32> zeroinitializer
  %v588 = icmp ugt <16 x i32> %v587, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v589 = getelementptr float, ptr %v4, i64 %v581
  %v590 = getelementptr float, ptr %v589, i64 2
  %v591 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v590, i32 8, <16 x i1> %v588, <16 x float> zeroinitializer)
  %v592 = getelementptr i32, ptr %v5, i64 %v581
  %v593 = getelementptr i32, ptr %v592, i64 2
  %v594 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v593, i32 8, <16 x i1> %v588, <16 x i32> zeroinitializer)
  %v595 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v589, i32 64, <16 x i1> %v588, <16 x float> zeroinitializer)
  %v596 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v592, i32 64, <16 x i1> %v588, <16 x i32> zeroinitializer)
  %v597 = fcmp ogt <16 x float> %v591, %v595
  %v598 = fcmp oeq <16 x float> %v595, %v591
  %v599 = fcmp une <16 x float> %v595, %v595
  %v600 = fcmp une <16 x float> %v591, %v591
  %v601 = xor <16 x i1> %v599, splat (i1 true)
  %v602 = and <16 x i1> %v600, %v601
  %v603 = or <16 x i1> %v597, %v602
  %v604 = and <16 x i1> %v600, %v599
  %v605 = or <16 x i1> %v598, %v604
  %v606 = icmp ult <16 x i32> %v594, %v596
  %v607 = and <16 x i1> %v605, %v606
  %v608 = or <16 x i1> %v603, %v607
  %v609 = select <16 x i1> %v608, <16 x float> %v591, <16 x float> %v595
  %v610 = select <16 x i1> %v608, <16 x i32> %v594, <16 x i32> %v596
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v609, ptr %v589, i32 64, <16 x i1> %v588)
  call void @llvm.masked.store.v16i32.p0(<16 x i32> %v610, ptr %v592, i32 64, <16 x i1> %v588)
  %v582 = add nsw i64 %v581, 16
  %v611 = icmp slt i64 %v582, 2
  br i1 %v611, label %block579, label %block580
block580:
  br label %block612
block612:
  %v614 = phi i64 [ 0, %block580 ], [ %v615, %block612 ]
  %v616 = mul i64 %v614, -1
  %v617 = add i64 %v616, 1
  %v618 = trunc i64 %v617 to i32
  %v619 = insertelement <16 x i32> poison, i32 %v618, i64 0
  %v620 = shufflevector <16 x i32> %v619, <16 x i32> poison, <16 x i32> zeroinitializer
  %v621 = icmp ugt <16 x i32> %v620, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v622 = getelementptr float, ptr %v4, i64 %v614
  %v623 = getelementptr float, ptr %v622, i64 1
  %v624 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v623, i32 4, <16 x i1> %v621, <16 x float> zeroinitializer)
  %v625 = getelementptr i32, ptr %v5, i64 %v614
  %v626 = getelementptr i32, ptr %v625, i64 1
  %v627 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v626, i32 4, <16 x i1> %v621, <16 x i32> zeroinitializer)
  %v628 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v622, i32 64, <16 x i1> %v621, <16 x float> zeroinitializer)
  %v629 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v625, i32 64, <16 x i1> %v621, <16 x i32> zeroinitializer)
  %v630 = fcmp ogt <16 x float> %v624, %v628
  %v631 = fcmp oeq <16 x float> %v628, %v624
  %v632 = fcmp une <16 x float> %v628, %v628
  %v633 = fcmp une <16 x float> %v624, %v624
  %v634 = xor <16 x i1> %v632, splat (i1 true)
  %v635 = and <16 x i1> %v633, %v634
  %v636 = or <16 x i1> %v630, %v635
  %v637 = and <16 x i1> %v633, %v632
  %v638 = or <16 x i1> %v631, %v637
  %v639 = icmp ult <16 x i32> %v627, %v629
  %v640 = and <16 x i1> %v638, %v639
  %v641 = or <16 x i1> %v636, %v640
  %v642 = select <16 x i1> %v641, <16 x float> %v624, <16 x float> %v628
  %v643 = select <16 x i1> %v641, <16 x i32> %v627, <16 x i32> %v629
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v642, ptr %v622, i32 64, <16 x i1> %v621)
  call void @llvm.masked.store.v16i32.p0(<16 x i32> %v643, ptr %v625, i32 64, <16 x i1> %v621)
  %v615 = add nsw i64 %v614, 16
  %v644 = icmp slt i64 %v615, 1
  br i1 %v644, label %block612, label %block613
block613:
  %v645 = load i32, ptr %v5, align 64
  %v646 = getelementptr i32, ptr %v3, i64 %v13
  store i32 %v645, ptr %v646, align 4
  %v14 = add nsw i64 %v13, 1
  %v647 = icmp slt i64 %v14, %end
  br i1 %v647, label %block11, label %block12
block12:
  ret void
}

declare <16 x float> @llvm.masked.load.v16f32.p0(ptr, i32 immarg, <16 x i1>, <16 x float>)
declare <16 x i32> @llvm.masked.load.v16i32.p0(ptr, i32 immarg, <16 x i1>, <16 x i32>)
declare void @llvm.masked.store.v16f32.p0(<16 x float>, ptr, i32 immarg, <16 x i1>)
declare void @llvm.masked.store.v16i32.p0(<16 x i32>, ptr, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
