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
  %v47 = mul i64 %v5, 2
  %v49 = mul i64 %v5, 3
  %v51 = mul i64 %v5, 4
  %v99 = mul i64 %v5, 16
  %v100 = getelementptr float, ptr %v1, i64 %v99
  %v151 = mul i64 %v5, 32
  %v152 = getelementptr float, ptr %v1, i64 %v151
  %v203 = mul i64 %v5, 48
  %v204 = getelementptr float, ptr %v1, i64 %v203
  %v273 = insertelement <16 x i64> poison, i64 %v5, i64 0
  %v274 = shufflevector <16 x i64> %v273, <16 x i64> poison, <16 x i32> zeroinitializer
  %v275 = mul <16 x i64> %v274, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12, i64 13, i64 14, i64 15>
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
  %v33 = add i64 %v32, 64
  %v34 = icmp slt i64 %v7, %v33
  %v35 = select i1 %v34, i64 %v7, i64 %v33
  %v36 = udiv i64 %v35, 64
  %v37 = mul i64 %v36, 64
  br i1 %v23, label %block24, label %block25
block24:
  %v26 = phi i64 [ %v19, %block9 ], [ %v27, %block258 ]
  %v38 = icmp slt i64 %v32, %v37
  %v43 = getelementptr float, ptr %v1, i64 %v26
  %v96 = mul i64 %v26, %v7
  %v97 = getelementptr float, ptr %v3, i64 %v96
  %v101 = getelementptr float, ptr %v100, i64 %v26
  %v153 = getelementptr float, ptr %v152, i64 %v26
  %v205 = getelementptr float, ptr %v204, i64 %v26
  br i1 %v38, label %block39, label %block40
block39:
  %v41 = phi i64 [ %v32, %block24 ], [ %v42, %block39 ]
  %v44 = mul i64 %v41, %v5
  %v45 = getelementptr float, ptr %v43, i64 %v44
  %v46 = getelementptr float, ptr %v45, i64 %v5
  %v48 = getelementptr float, ptr %v45, i64 %v47
  %v50 = getelementptr float, ptr %v45, i64 %v49
  %v52 = getelementptr float, ptr %v45, i64 %v51
  %v53 = getelementptr float, ptr %v52, i64 %v5
  %v54 = getelementptr float, ptr %v52, i64 %v47
  %v55 = getelementptr float, ptr %v52, i64 %v49
  %v56 = getelementptr float, ptr %v52, i64 %v51
  %v57 = getelementptr float, ptr %v56, i64 %v5
  %v58 = getelementptr float, ptr %v56, i64 %v47
  %v59 = getelementptr float, ptr %v56, i64 %v49
  %v60 = getelementptr float, ptr %v56, i64 %v51
  %v61 = getelementptr float, ptr %v60, i64 %v5
  %v62 = getelementptr float, ptr %v60, i64 %v47
  %v63 = getelementptr float, ptr %v60, i64 %v49
  %v64 = load float, ptr %v45, align 4
  %v65 = insertelement <16 x float> poison, float %v64, i64 0
  %v66 = load float, ptr %v46, align 4
  %v67 = insertelement <16 x float> %v65, float %v66, i64 1
  %v68 = load float, ptr %v48, align 4
  %v69 = insertelement <16 x float> %v67, float %v68, i64 2
  %v70 = load float, ptr %v50, align 4
  %v71 = insertelement <16 x float> %v69, float %v70, i64 3
  %v72 = load float, ptr %v52, align 4
  %v73 = insertelement <16 x float> %v71, float %v72, i64 4
  %v74 = load float, ptr %v53, align 4
  %v75 = insertelement <16 x float> %v73, float %v74, i64 5
  %v76 = load float, ptr %v54, align 4
  %v77 = insertelement <16 x float> %v75, float %v76, i64 6
  %v78 = load float, ptr %v55, align 4
  %v79 = insertelement <16 x float> %v77, float %v78, i64 7
  %v80 = load float, ptr %v56, align 4
  %v81 = insertelement <16 x float> %v79, float %v80, i64 8
  %v82 = load float, ptr %v57, align 4
  %v83 = insertelement <16 x float> %v81, float %v82, i64 9
  %v84 = load float, ptr %v58, align 4
  %v85 = insertelement <16 x float> %v83, float %v84, i64 10
  %v86 = load float, ptr %v59, align 4
  %v87 = insertelement <16 x float> %v85, float %v86, i64 11
  %v88 = load float, ptr %v60, align 4
  %v89 = insertelement <16 x float> %v87, float %v88, i64 12
  %v90 = load float, ptr %v61, align 4
  %v91 = insertelement <16 x float> %v89, float %v90, i64 13
  %v92 = load float, ptr %v62, align 4
  %v93 = insertelement <16 x float> %v91, float %v92, i64 14
  %v94 = load float, ptr %v63, align 4
  %v95 = insertelement <16 x float> %v93, float %v94, i64 15
  %v98 = getelementptr float, ptr %v97, i64 %v41
  store <16 x float> %v95, ptr %v98, align 4
  %v102 = getelementptr float, ptr %v101, i64 %v44
  %v103 = getelementptr float, ptr %v102, i64 %v5
  %v104 = getelementptr float, ptr %v102, i64 %v47
  %v105 = getelementptr float, ptr %v102, i64 %v49
  %v106 = getelementptr float, ptr %v102, i64 %v51
  %v107 = getelementptr float, ptr %v106, i64 %v5
  %v108 = getelementptr float, ptr %v106, i64 %v47
  %v109 = getelementptr float, ptr %v106, i64 %v49
  %v110 = getelementptr float, ptr %v106, i64 %v51
  %v111 = getelementptr float, ptr %v110, i64 %v5
  %v112 = getelementptr float, ptr %v110, i64 %v47
  %v113 = getelementptr float, ptr %v110, i64 %v49
  %v114 = getelementptr float, ptr %v110, i64 %v51
  %v115 = getelementptr float, ptr %v114, i64 %v5
  %v116 = getelementptr float, ptr %v114, i64 %v47
  %v117 = getelementptr float, ptr %v114, i64 %v49
  %v118 = load float, ptr %v102, align 4
  %v119 = insertelement <16 x float> poison, float %v118, i64 0
  %v120 = load float, ptr %v103, align 4
  %v121 = insertelement <16 x float> %v119, float %v120, i64 1
  %v122 = load float, ptr %v104, align 4
  %v123 = insertelement <16 x float> %v121, float %v122, i64 2
  %v124 = load float, ptr %v105, align 4
  %v125 = insertelement <16 x float> %v123, float %v124, i64 3
  %v126 = load float, ptr %v106, align 4
  %v127 = insertelement <16 x float> %v125, float %v126, i64 4
  %v128 = load float, ptr %v107, align 4
  %v129 = insertelement <16 x float> %v127, float %v128, i64 5
  %v130 = load float, ptr %v108, align 4
  %v131 = insertelement <16 x float> %v129, float %v130, i64 6
  %v132 = load float, ptr %v109, align 4
  %v133 = insertelement <16 x float> %v131, float %v132, i64 7
  %v134 = load float, ptr %v110, align 4
  %v135 = insertelement <16 x float> %v133, float %v134, i64 8
  %v136 = load float, ptr %v111, align 4
  %v137 = insertelement <16 x float> %v135, float %v136, i64 9
  %v138 = load float, ptr %v112, align 4
  %v139 = insertelement <16 x float> %v137, float %v138, i64 10
  %v140 = load float, ptr %v113, align 4
  %v141 = insertelement <16 x float> %v139, float %v140, i64 11
  %v142 = load float, ptr %v114, align 4
  %v143 = insertelement <16 x float> %v141, float %v142, i64 12
  %v144 = load float, ptr %v115, align 4
  %v145 = insertelement <16 x float> %v143, float %v144, i64 13
  %v146 = load float, ptr %v116, align 4
  %v147 = insertelement <16 x float> %v145, float %v146, i64 14
  %v148 = load float, ptr %v117, align 4
  %v149 = insertelement <16 x float> %v147, float %v148, i64 15
  %v150 = getelementptr float, ptr %v98, i64 16
  store <16 x float> %v149, ptr %v150, align 4
  %v154 = getelementptr float, ptr %v153, i64 %v44
  %v155 = getelementptr float, ptr %v154, i64 %v5
  %v156 = getelementptr float, ptr %v154, i64 %v47
  %v157 = getelementptr float, ptr %v154, i64 %v49
  %v158 = getelementptr float, ptr %v154, i64 %v51
  %v159 = getelementptr float, ptr %v158, i64 %v5
  %v160 = getelementptr float, ptr %v158, i64 %v47
  %v161 = getelementptr float, ptr %v158, i64 %v49
  %v162 = getelementptr float, ptr %v158, i64 %v51
  %v163 = getelementptr float, ptr %v162, i64 %v5
  %v164 = getelementptr float, ptr %v162, i64 %v47
  %v165 = getelementptr float, ptr %v162, i64 %v49
  %v166 = getelementptr float, ptr %v162, i64 %v51
  %v167 = getelementptr float, ptr %v166, i64 %v5
  %v168 = getelementptr float, ptr %v166, i64 %v47
  %v169 = getelementptr float, ptr %v166, i64 %v49
  %v170 = load float, ptr %v154, align 4
  %v171 = insertelement <16 x float> poison, float %v170, i64 0
  %v172 = load float, ptr %v155, align 4
  %v173 = insertelement <16 x float> %v171, float %v172, i64 1
  %v174 = load float, ptr %v156, align 4
  %v175 = insertelement <16 x float> %v173, float %v174, i64 2
  %v176 = load float, ptr %v157, align 4
  %v177 = insertelement <16 x float> %v175, float %v176, i64 3
  %v178 = load float, ptr %v158, align 4
  %v179 = insertelement <16 x float> %v177, float %v178, i64 4
  %v180 = load float, ptr %v159, align 4
  %v181 = insertelement <16 x float> %v179, float %v180, i64 5
  %v182 = load float, ptr %v160, align 4
  %v183 = insertelement <16 x float> %v181, float %v182, i64 6
  %v184 = load float, ptr %v161, align 4
  %v185 = insertelement <16 x float> %v183, float %v184, i64 7
  %v186 = load float, ptr %v162, align 4
  %v187 = insertelement <16 x float> %v185, float %v186, i64 8
  %v188 = load float, ptr %v163, align 4
  %v189 = insertelement <16 x float> %v187, float %v188, i64 9
  %v190 = load float, ptr %v164, align 4
  %v191 = insertelement <16 x float> %v189, float %v190, i64 10
  %v192 = load float, ptr %v165, align 4
  %v193 = insertelement <16 x float> %v191, float %v192, i64 11
  %v194 = load float, ptr %v166, align 4
  %v195 = insertelement <16 x float> %v193, float %v194, i64 12
  %v196 = load float, ptr %v167, align 4
  %v197 = insertelement <16 x float> %v195, float %v196, i64 13
  %v198 = load float, ptr %v168, align 4
  %v199 = insertelement <16 x float> %v197, float %v198, i64 14
  %v200 = load float, ptr %v169, align 4
  %v201 = insertelement <16 x float> %v199, float %v200, i64 15
  %v202 = getelementptr float, ptr %v98, i64 32
  store <16 x float> %v201, ptr %v202, align 4
  %v206 = getelementptr float, ptr %v205, i64 %v44
  %v207 = getelementptr float, ptr %v206, i64 %v5
  %v208 = getelementptr float, ptr %v206, i64 %v47
  %v209 = getelementptr float, ptr %v206, i64 %v49
  %v210 = getelementptr float, ptr %v206, i64 %v51
  %v211 = getelementptr float, ptr %v210, i64 %v5
  %v212 = getelementptr float, ptr %v210, i64 %v47
  %v213 = getelementptr float, ptr %v210, i64 %v49
  %v214 = getelementptr float, ptr %v210, i64 %v51
  %v215 = getelementptr float, ptr %v214, i64 %v5
  %v216 = getelementptr float, ptr %v214, i64 %v47
  %v217 = getelementptr float, ptr %v214, i64 %v49
  %v218 = getelementptr float, ptr %v214, i64 %v51
  %v219 = getelementptr float, ptr %v218, i64 %v5
  %v220 = getelementptr float, ptr %v218, i64 %v47
  %v221 = getelementptr float, ptr %v218, i64 %v49
  %v222 = load float, ptr %v206, align 4
  %v223 = insertelement <16 x float> poison, float %v222, i64 0
  %v224 = load float, ptr %v207, align 4
  %v225 = insertelement <16 x float> %v223, float %v224, i64 1
  %v226 = load float, ptr %v208, align 4
  %v227 = insertelement <16 x float> %v225, float %v226, i64 2
  %v228 = load float, ptr %v209, align 4
  %v229 = insertelement <16 x float> %v227, float %v228, i64 3
  %v230 = load float, ptr %v210, align 4
  %v231 = insertelement <16 x float> %v229, float %v230, i64 4
  %v232 = load float, ptr %v211, align 4
  %v233 = insertelement <16 x float> %v231, float %v232, i64 5
  %v234 = load float, ptr %v212, align 4
  %v235 = insertelement <16 x float> %v233, float %v234, i64 6
  %v236 = load float, ptr %v213, align 4
  %v237 = insertelement <16 x float> %v235, float %v236, i64 7
  %v238 = load float, ptr %v214, align 4
  %v239 = insertelement <16 x float> %v237, float %v238, i64 8
  %v240 = load float, ptr %v215, align 4
  %v241 = insertelement <16 x float> %v239, float %v240, i64 9
  %v242 = load float, ptr %v216, align 4
  %v243 = insertelement <16 x float> %v241, float %v242, i64 10
  %v244 = load float, ptr %v217, align 4
  %v245 = insertelement <16 x float> %v243, float %v244, i64 11
  %v246 = load float, ptr %v218, align 4
  %v247 = insertelement <16 x float> %v245, float %v246, i64 12
  %v248 = load float, ptr %v219, align 4
  %v249 = insertelement <16 x float> %v247, float %v248, i64 13
  %v250 = load float, ptr %v220, align 4
  %v251 = insertelement <16 x float> %v249, float %v250, i64 14
  %v252 = load float, ptr %v221, align 4
  %v253 = insertelement <16 x float> %v251, float %v252, i64 15
  %v254 = getelementptr float, ptr %v98, i64 48
  store <16 x float> %v253, ptr %v254, align 4
  %v42 = add nsw i64 %v41, 64
  %v255 = icmp slt i64 %v42, %v37
  br i1 %v255, label %block39, label %block40
block40:
  %v256 = icmp slt i64 %v37, %v35
  br i1 %v256, label %block257, label %block258
block257:
  %v259 = phi i64 [ %v37, %block40 ], [ %v260, %block257 ]
  %v261 = mul i64 %v259, -1
  %v262 = add i64 %v261, %v35
  %v263 = icmp slt i64 %v262, 16
  %v264 = select i1 %v263, i64 %v262, i64 16
  %v265 = icmp sgt i64 %v264, 0
  %v266 = select i1 %v265, i64 %v264, i64 0
  %v267 = trunc i64 %v266 to i32
  %v268 = insertelement <16 x i32> poison, i32 %v267, i64 0
  %v269 = shufflevector <16 x i32> %v268, <16 x i32> poison, <16 x i32> zeroinitializer
  %v270 = icmp ugt <16 x i32> %v269, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v271 = mul i64 %v259, %v5
  %v272 = getelementptr float, ptr %v43, i64 %v271
  %v276 = getelementptr float, ptr %v272, <16 x i64> %v275
  %v277 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v276, i32 4, <16 x i1> %v270, <16 x float> zeroinitializer)
  %v278 = getelementptr float, ptr %v97, i64 %v259
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v277, ptr %v278, i32 4, <16 x i1> %v270)
  %v260 = add nsw i64 %v259, 16
  %v279 = icmp slt i64 %v260, %v35
  br i1 %v279, label %block257, label %block258
block258:
  %v27 = add nsw i64 %v26, 1
  %v280 = icmp slt i64 %v27, %v22
  br i1 %v280, label %block24, label %block25
block25:
  %v12 = add nsw i64 %v11, 1
  %v281 = icmp slt i64 %v12, %end
  br i1 %v281, label %block9, label %block10
block10:
  ret void
}

declare <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr>, i32 immarg, <16 x i1>, <16 x float>)
declare void @llvm.masked.store.v16f32.p0(<16 x float>, ptr, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
