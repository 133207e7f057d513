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
  %v12 = getelementptr ptr, ptr %buffers, i64 6
  %v13 = load ptr, ptr %v12
  %v14 = getelementptr ptr, ptr %buffers, i64 7
  %v15 = load ptr, ptr %v14
  %v16 = getelementptr ptr, ptr %buffers, i64 8
  %v17 = load ptr, ptr %v16
  %v18 = getelementptr ptr, ptr %buffers, i64 9
  %v19 = load ptr, ptr %v18
  %v20 = getelementptr ptr, ptr %buffers, i64 10
  %v21 = load ptr, ptr %v20
  %v22 = getelementptr i64, ptr %parameters, i64 0
  %v23 = load i64, ptr %v22
  %v24 = icmp slt i64 %begin, %end
  br i1 %v24, label %block25, label %block26
block25:
  %v27 = phi i64 [ %begin, %entry ], [ %v28, %block182 ]
  %v29 = mul i64 %v27, 4096
  %v30 = add i64 %v29, 4096
  %v31 = icmp slt i64 %v23, %v30
  %v32 = select i1 %v31, i64 %v23, i64 %v30
  %v33 = udiv i64 %v32, 8
  %v34 = mul i64 %v33, 8
  %v35 = icmp slt i64 %v29, %v34
  br i1 %v35, label %block36, label %block37
block36:
  %v38 = phi i64 [ %v29, %block25 ], [ %v39, %block36 ]
  %v40 = getelementptr i16, ptr %v1, i64 %v38
  %v41 = load <8 x i16>, ptr %v40, align 2
  %v42 = zext <8 x i16> %v41 to <8 x i32>
  %v43 = shl <8 x i32> %v42, splat (i32 16)
  %v44 = bitcast <8 x i32> %v43 to <8 x float>
  %v45 = getelementptr half, ptr %v3, i64 %v38
  %v46 = load <8 x half>, ptr %v45, align 2
  %v47 = fpext <8 x half> %v46 to <8 x float>
  %v48 = fadd <8 x float> %v44, %v47
  %v49 = getelementptr float, ptr %v9, i64 %v38
  store <8 x float> %v48, ptr %v49, align 4
  %v50 = bitcast <8 x float> %v48 to <8 x i32>
  %v51 = lshr <8 x i32> %v50, splat (i32 16)
  %v52 = and <8 x i32> %v51, splat (i32 1)
  %v53 = add <8 x i32> %v50, splat (i32 32767)
  %v54 = add <8 x i32> %v53, %v52
  %v55 = and <8 x i32> %v50, splat (i32 2147483647)
  %v56 = icmp ugt <8 x i32> %v55, splat (i32 2139095040)
  %v57 = or <8 x i32> %v50, splat (i32 4194304)
  %v58 = select <8 x i1> %v56, <8 x i32> %v57, <8 x i32> %v54
  %v59 = lshr <8 x i32> %v58, splat (i32 16)
  %v60 = trunc <8 x i32> %v59 to <8 x i16>
  %v61 = zext <8 x i16> %v60 to <8 x i32>
  %v62 = shl <8 x i32> %v61, splat (i32 16)
  %v63 = bitcast <8 x i32> %v62 to <8 x float>
  %v64 = bitcast <8 x float> %v63 to <8 x i32>
  %v65 = lshr <8 x i32> %v64, splat (i32 16)
  %v66 = and <8 x i32> %v65, splat (i32 1)
  %v67 = add <8 x i32> %v64, splat (i32 32767)
  %v68 = add <8 x i32> %v67, %v66
  %v69 = and <8 x i32> %v64, splat (i32 2147483647)
  %v70 = icmp ugt <8 x i32> %v69, splat (i32 2139095040)
  %v71 = or <8 x i32> %v64, splat (i32 4194304)
  %v72 = select <8 x i1> %v70, <8 x i32> %v71, <8 x i32> %v68
  %v73 = lshr <8 x i32> %v72, splat (i32 16)
  %v74 = trunc <8 x i32> %v73 to <8 x i16>
  %v75 = getelementptr i16, ptr %v11, i64 %v38
  store <8 x i16> %v74, ptr %v75, align 2
  %v76 = fptrunc <8 x float> %v48 to <8 x half>
  %v77 = bitcast <8 x half> %v76 to <8 x i16>
  %v78 = bitcast <8 x i16> %v77 to <8 x half>
  %v79 = fpext <8 x half> %v78 to <8 x float>
  %v80 = fptrunc <8 x float> %v79 to <8 x half>
  %v81 = bitcast <8 x half> %v80 to <8 x i16>
  %v82 = bitcast <8 x i16> %v81 to <8 x half>
  %v83 = getelementptr half, ptr %v13, i64 %v38
  store <8 x half> %v82, ptr %v83, align 2
  %v84 = getelementptr double, ptr %v5, i64 %v38
  %v85 = load <8 x double>, ptr %v84, align 8
  %v86 = fptrunc <8 x double> %v85 to <8 x float>
  %v87 = fpext <8 x float> %v86 to <8 x double>
  %v88 = bitcast <8 x float> %v86 to <8 x i32>
  %v89 = call <8 x double> @llvm.fabs.v8f64(<8 x double> %v87)
  %v90 = call <8 x double> @llvm.fabs.v8f64(<8 x double> %v85)
  %v91 = fcmp ogt <8 x double> %v89, %v90
  %v92 = sub <8 x i32> %v88, splat (i32 1)
  %v93 = select <8 x i1> %v91, <8 x i32> %v92, <8 x i32> %v88
  %v94 = fcmp oeq <8 x double> %v87, %v85
  %v95 = fcmp une <8 x double> %v85, %v85
  %v96 = or <8 x i32> %v93, splat (i32 1)
  %v97 = bitcast <8 x i32> %v96 to <8 x float>
  %v98 = or <8 x i1> %v94, %v95
  %v99 = select <8 x i1> %v98, <8 x float> %v86, <8 x float> %v97
  %v100 = bitcast <8 x float> %v99 to <8 x i32>
  %v101 = lshr <8 x i32> %v100, splat (i32 16)
  %v102 = and <8 x i32> %v101, splat (i32 1)
  %v103 = add <8 x i32> %v100, splat (i32 32767)
  %v104 = add <8 x i32> %v103, %v102
  %v105 = and <8 x i32> %v100, splat (i32 2147483647)
  %v106 = icmp ugt <8 x i32> %v105, splat (i32 2139095040)
  %v107 = or <8 x i32> %v100, splat (i32 4194304)
  %v108 = select <8 x i1> %v106, <8 x i32> %v107, <8 x i32> %v104
  %v109 = lshr <8 x i32> %v108, splat (i32 16)
  %v110 = trunc <8 x i32> %v109 to <8 x i16>
  %v111 = zext <8 x i16> %v110 to <8 x i32>
  %v112 = shl <8 x i32> %v111, splat (i32 16)
  %v113 = bitcast <8 x i32> %v112 to <8 x float>
  %v114 = bitcast <8 x float> %v113 to <8 x i32>
  %v115 = lshr <8 x i32> %v114, splat (i32 16)
  %v116 = and <8 x i32> %v115, splat (i32 1)
  %v117 = add <8 x i32> %v114, splat (i32 32767)
  %v118 = add <8 x i32> %v117, %v116
  %v119 = and <8 x i32> %v114, splat (i32 2147483647)
  %v120 = icmp ugt <8 x i32> %v119, splat (i32 2139095040)
  %v121 = or <8 x i32> %v114, splat (i32 4194304)
  %v122 = select <8 x i1> %v120, <8 x i32> %v121, <8 x i32> %v118
  %v123 = lshr <8 x i32> %v122, splat (i32 16)
  %v124 = trunc <8 x i32> %v123 to <8 x i16>
  %v125 = getelementptr i16, ptr %v15, i64 %v38
  store <8 x i16> %v124, ptr %v125, align 2
  %v126 = fptrunc <8 x float> %v99 to <8 x half>
  %v127 = bitcast <8 x half> %v126 to <8 x i16>
  %v128 = bitcast <8 x i16> %v127 to <8 x half>
  %v129 = fpext <8 x half> %v128 to <8 x float>
  %v130 = fptrunc <8 x float> %v129 to <8 x half>
  %v131 = bitcast <8 x half> %v130 to <8 x i16>
  %v132 = bitcast <8 x i16> %v131 to <8 x half>
  %v133 = getelementptr half, ptr %v17, i64 %v38
  store <8 x half> %v132, ptr %v133, align 2
  %v134 = getelementptr i32, ptr %v7, i64 %v38
  %v135 = load <8 x i32>, ptr %v134, align 4
  %v136 = sitofp <8 x i32> %v135 to <8 x double>
  %v137 = fptrunc <8 x double> %v136 to <8 x float>
  %v138 = fpext <8 x float> %v137 to <8 x double>
  %v139 = bitcast <8 x float> %v137 to <8 x i32>
  %v140 = call <8 x double> @llvm.fabs.v8f64(<8 x double> %v138)
  %v141 = call <8 x double> @llvm.fabs.v8f64(<8 x double> %v136)
  %v142 = fcmp ogt <8 x double> %v140, %v141
  %v143 = sub <8 x i32> %v139, splat (i32 1)
  %v144 = select <8 x i1> %v142, <8 x i32> %v143, <8 x i32> %v139
  %v145 = fcmp oeq <8 x double> %v138, %v136
  %v146 = fcmp une <8 x double> %v136, %v136
  %v147 = or <8 x i32> %v144, splat (i32 1)
  %v148 = bitcast <8 x i32> %v147 to <8 x float>
  %v149 = or <8 x i1> %v145, %v146
  %v150 = select <8 x i1> %v149, <8 x float> %v137, <8 x float> %v148
  %v151 = bitcast <8 x float> %v150 to <8 x i32>
  %v152 = lshr <8 x i32> %v151, splat (i32 16)
  %v153 = and <8 x i32> %v152, splat (i32 1)
  %v154 = add <8 x i32> %v151, splat (i32 32767)
  %v155 = add <8 x i32> %v154, %v153
  %v156 = and <8 x i32> %v151, splat (i32 2147483647)
  %v157 = icmp ugt <8 x i32> %v156, splat (i32 2139095040)
  %v158 = or <8 x i32> %v151, splat (i32 4194304)
  %v159 = select <8 x i1> %v157, <8 x i32> %v158, <8 x i32> %v155
  %v160 = lshr <8 x i32> %v159, splat (i32 16)
  %v161 = trunc <8 x i32> %v160 to <8 x i16>
  %v162 = zext <8 x i16> %v161 to <8 x i32>
  %v163 = shl <8 x i32> %v162, splat (i32 16)
  %v164 = bitcast <8 x i32> %v163 to <8 x float>
  %v165 = bitcast <8 x float> %v164 to <8 x i32>
  %v166 = lshr <8 x i32> %v165, splat (i32 16)
  %v167 = and <8 x i32> %v166, splat (i32 1)
  %v168 = add <8 x i32> %v165, splat (i32 32767)
  %v169 = add <8 x i32> %v168, %v167
  %v170 = and <8 x i32> %v165, splat (i32 2147483647)
  %v171 = icmp ugt <8 x i32> %v170, splat (i32 2139095040)
  %v172 = or <8 x i32> %v165, splat (i32 4194304)
  %v173 = select <8 x i1> %v171, <8 x i32> %v172, <8 x i32> %v169
  %v174 = lshr <8 x i32> %v173, splat (i32 16)
  %v175 = trunc <8 x i32> %v174 to <8 x i16>
  %v176 = getelementptr i16, ptr %v19, i64 %v38
  store <8 x i16> %v175, ptr %v176, align 2
  %v177 = call <8 x i32> @llvm.fptosi.sat.v8i32.v8f32(<8 x float> %v47)
  %v178 = getelementptr i32, ptr %v21, i64 %v38
  store <8 x i32> %v177, ptr %v178, align 4
  %v39 = add nsw i64 %v38, 8
  %v179 = icmp slt i64 %v39, %v34
  br i1 %v179, label %block36, label %block37
block37:
  %v180 = icmp slt i64 %v34, %v32
  br i1 %v180, label %block181, label %block182
block181:
  %v183 = phi i64 [ %v34, %block37 ], [ %v184, %block181 ]
  %v185 = mul i64 %v183, -1
  %v186 = add i64 %v185, %v32
  %v187 = icmp slt i64 %v186, 8
  %v188 = select i1 %v187, i64 %v186, i64 8
  %v189 = icmp sgt i64 %v188, 0
  %v190 = select i1 %v189, i64 %v188, i64 0
  %v191 = insertelement <8 x i64> poison, i64 %v190, i64 0
  %v192 = shufflevector <8 x i64> %v191, <8 x i64> poison, <8 x i32> zeroinitializer
  %v193 = icmp ugt <8 x i64> %v192, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7>
  %v194 = getelementptr i16, ptr %v1, i64 %v183
  %v195 = call <8 x i16> @llvm.masked.load.v8i16.p0(ptr %v194, i32 2, <8 x i1> %v193, <8 x i16> zeroinitializer)
  %v196 = zext <8 x i16> %v195 to <8 x i32>
  %v197 = shl <8 x i32> %v196, splat (i32 16)
  %v198 = bitcast <8 x i32> %v197 to <8 x float>
  %v199 = getelementptr half, ptr %v3, i64 %v183
  %v200 = call <8 x half> @llvm.masked.load.v8f16.p0(ptr %v199, i32 2, <8 x i1> %v193, <8 x half> zeroinitializer)
  %v201 = fpext <8 x half> %v200 to <8 x float>
  %v202 = fadd <8 x float> %v198, %v201
  %v203 = getelementptr float, ptr %v9, i64 %v183
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v202, ptr %v203, i32 4, <8 x i1> %v193)
  %v204 = bitcast <8 x float> %v202 to <8 x i32>
  %v205 = lshr <8 x i32> %v204, splat (i32 16)
  %v206 = and <8 x i32> %v205, splat (i32 1)
  %v207 = add <8 x i32> %v204, splat (i32 32767)
  %v208 = add <8 x i32> %v207, %v206
  %v209 = and <8 x i32> %v204, splat (i32 2147483647)
  %v210 = icmp ugt <8 x i32> %v209, splat (i32 2139095040)
  %v211 = or <8 x i32> %v204, splat (i32 4194304)
  %v212 = select <8 x i1> %v210, <8 x i32> %v211, <8 x i32> %v208
  %v213 = lshr <8 x i32> %v212, splat (i32 16)
  %v214 = trunc <8 x i32> %v213 to <8 x i16>
  %v215 = zext <8 x i16> %v214 to <8 x i32>
  %v216 = shl <8 x i32> %v215, splat (i32 16)
  %v217 = bitcast <8 x i32> %v216 to <8 x float>
  %v218 = bitcast <8 x float> %v217 to <8 x i32>
  %v219 = lshr <8 x i32> %v218, splat (i32 16)
  %v220 = and <8 x i32> %v219, splat (i32 1)
  %v221 = add <8 x i32> %v218, splat (i32 32767)
  %v222 = add <8 x i32> %v221, %v220
  %v223 = and <8 x i32> %v218, splat (i32 2147483647)
  %v224 = icmp ugt <8 x i32> %v223, splat (i32 2139095040)
  %v225 = or <8 x i32> %v218, splat (i32 4194304)
  %v226 = select <8 x i1> %v224, <8 x i32> %v225, <8 x i32> %v222
  %v227 = lshr <8 x i32> %v226, splat (i32 16)
  %v228 = trunc <8 x i32> %v227 to <8 x i16>
  %v229 = getelementptr i16, ptr %v11, i64 %v183
  call void @llvm.masked.store.v8i16.p0(<8 x i16> %v228, ptr %v229, i32 2, <8 x i1> %v193)
  %v230 = fptrunc <8 x float> %v202 to <8 x half>
  %v231 = bitcast <8 x half> %v230 to <8 x i16>
  %v232 = bitcast <8 x i16> %v231 to <8 x half>
  %v233 = fpext <8 x half> %v232 to <8 x float>
  %v234 = fptrunc <8 x float> %v233 to <8 x half>
  %v235 = bitcast <8 x half> %v234 to <8 x i16>
  %v236 = bitcast <8 x i16> %v235 to <8 x half>
  %v237 = getelementptr half, ptr %v13, i64 %v183
  call void @llvm.masked.store.v8f16.p0(<8 x half> %v236, ptr %v237, i32 2, <8 x i1> %v193)
  %v238 = getelementptr double, ptr %v5, i64 %v183
  %v239 = call <8 x double> @llvm.masked.load.v8f64.p0(ptr %v238, i32 8, <8 x i1> %v193, <8 x double> zeroinitializer)
  %v240 = fptrunc <8 x double> %v239 to <8 x float>
  %v241 = fpext <8 x float> %v240 to <8 x double>
  %v242 = bitcast <8 x float> %v240 to <8 x i32>
  %v243 = call <8 x double> @llvm.fabs.v8f64(<8 x double> %v241)
  %v244 = call <8 x double> @llvm.fabs.v8f64(<8 x double> %v239)
  %v245 = fcmp ogt <8 x double> %v243, %v244
  %v246 = sub <8 x i32> %v242, splat (i32 1)
  %v247 = select <8 x i1> %v245, <8 x i32> %v246, <8 x i32> %v242
  %v248 = fcmp oeq <8 x double> %v241, %v239
  %v249 = fcmp une <8 x double> %v239, %v239
  %v250 = or <8 x i32> %v247, splat (i32 1)
  %v251 = bitcast <8 x i32> %v250 to <8 x float>
  %v252 = or <8 x i1> %v248, %v249
  %v253 = select <8 x i1> %v252, <8 x float> %v240, <8 x float> %v251
  %v254 = bitcast <8 x float> %v253 to <8 x i32>
  %v255 = lshr <8 x i32> %v254, splat (i32 16)
  %v256 = and <8 x i32> %v255, splat (i32 1)
  %v257 = add <8 x i32> %v254, splat (i32 32767)
  %v258 = add <8 x i32> %v257, %v256
  %v259 = and <8 x i32> %v254, splat (i32 2147483647)
  %v260 = icmp ugt <8 x i32> %v259, splat (i32 2139095040)
  %v261 = or <8 x i32> %v254, splat (i32 4194304)
  %v262 = select <8 x i1> %v260, <8 x i32> %v261, <8 x i32> %v258
  %v263 = lshr <8 x i32> %v262, splat (i32 16)
  %v264 = trunc <8 x i32> %v263 to <8 x i16>
  %v265 = zext <8 x i16> %v264 to <8 x i32>
  %v266 = shl <8 x i32> %v265, splat (i32 16)
  %v267 = bitcast <8 x i32> %v266 to <8 x float>
  %v268 = bitcast <8 x float> %v267 to <8 x i32>
  %v269 = lshr <8 x i32> %v268, splat (i32 16)
  %v270 = and <8 x i32> %v269, splat (i32 1)
  %v271 = add <8 x i32> %v268, splat (i32 32767)
  %v272 = add <8 x i32> %v271, %v270
  %v273 = and <8 x i32> %v268, splat (i32 2147483647)
  %v274 = icmp ugt <8 x i32> %v273, splat (i32 2139095040)
  %v275 = or <8 x i32> %v268, splat (i32 4194304)
  %v276 = select <8 x i1> %v274, <8 x i32> %v275, <8 x i32> %v272
  %v277 = lshr <8 x i32> %v276, splat (i32 16)
  %v278 = trunc <8 x i32> %v277 to <8 x i16>
  %v279 = getelementptr i16, ptr %v15, i64 %v183
  call void @llvm.masked.store.v8i16.p0(<8 x i16> %v278, ptr %v279, i32 2, <8 x i1> %v193)
  %v280 = fptrunc <8 x float> %v253 to <8 x half>
  %v281 = bitcast <8 x half> %v280 to <8 x i16>
  %v282 = bitcast <8 x i16> %v281 to <8 x half>
  %v283 = fpext <8 x half> %v282 to <8 x float>
  %v284 = fptrunc <8 x float> %v283 to <8 x half>
  %v285 = bitcast <8 x half> %v284 to <8 x i16>
  %v286 = bitcast <8 x i16> %v285 to <8 x half>
  %v287 = getelementptr half, ptr %v17, i64 %v183
  call void @llvm.masked.store.v8f16.p0(<8 x half> %v286, ptr %v287, i32 2, <8 x i1> %v193)
  %v288 = getelementptr i32, ptr %v7, i64 %v183
  %v289 = call <8 x i32> @llvm.masked.load.v8i32.p0(ptr %v288, i32 4, <8 x i1> %v193, <8 x i32> zeroinitializer)
  %v290 = sitofp <8 x i32> %v289 to <8 x double>
  %v291 = fptrunc <8 x double> %v290 to <8 x float>
  %v292 = fpext <8 x float> %v291 to <8 x double>
  %v293 = bitcast <8 x float> %v291 to <8 x i32>
  %v294 = call <8 x double> @llvm.fabs.v8f64(<8 x double> %v292)
  %v295 = call <8 x double> @llvm.fabs.v8f64(<8 x double> %v290)
  %v296 = fcmp ogt <8 x double> %v294, %v295
  %v297 = sub <8 x i32> %v293, splat (i32 1)
  %v298 = select <8 x i1> %v296, <8 x i32> %v297, <8 x i32> %v293
  %v299 = fcmp oeq <8 x double> %v292, %v290
  %v300 = fcmp une <8 x double> %v290, %v290
  %v301 = or <8 x i32> %v298, splat (i32 1)
  %v302 = bitcast <8 x i32> %v301 to <8 x float>
  %v303 = or <8 x i1> %v299, %v300
  %v304 = select <8 x i1> %v303, <8 x float> %v291, <8 x float> %v302
  %v305 = bitcast <8 x float> %v304 to <8 x i32>
  %v306 = lshr <8 x i32> %v305, splat (i32 16)
  %v307 = and <8 x i32> %v306, splat (i32 1)
  %v308 = add <8 x i32> %v305, splat (i32 32767)
  %v309 = add <8 x i32> %v308, %v307
  %v310 = and <8 x i32> %v305, splat (i32 2147483647)
  %v311 = icmp ugt <8 x i32> %v310, splat (i32 2139095040)
  %v312 = or <8 x i32> %v305, splat (i32 4194304)
  %v313 = select <8 x i1> %v311, <8 x i32> %v312, <8 x i32> %v309
  %v314 = lshr <8 x i32> %v313, splat (i32 16)
  %v315 = trunc <8 x i32> %v314 to <8 x i16>
  %v316 = zext <8 x i16> %v315 to <8 x i32>
  %v317 = shl <8 x i32> %v316, splat (i32 16)
  %v318 = bitcast <8 x i32> %v317 to <8 x float>
  %v319 = bitcast <8 x float> %v318 to <8 x i32>
  %v320 = lshr <8 x i32> %v319, splat (i32 16)
  %v321 = and <8 x i32> %v320, splat (i32 1)
  %v322 = add <8 x i32> %v319, splat (i32 32767)
  %v323 = add <8 x i32> %v322, %v321
  %v324 = and <8 x i32> %v319, splat (i32 2147483647)
  %v325 = icmp ugt <8 x i32> %v324, splat (i32 2139095040)
  %v326 = or <8 x i32> %v319, splat (i32 4194304)
  %v327 = select <8 x i1> %v325, <8 x i32> %v326, <8 x i32> %v323
  %v328 = lshr <8 x i32> %v327, splat (i32 16)
  %v329 = trunc <8 x i32> %v328 to <8 x i16>
  %v330 = getelementptr i16, ptr %v19, i64 %v183
  call void @llvm.masked.store.v8i16.p0(<8 x i16> %v329, ptr %v330, i32 2, <8 x i1> %v193)
  %v331 = call <8 x i32> @llvm.fptosi.sat.v8i32.v8f32(<8 x float> %v201)
  %v332 = getelementptr i32, ptr %v21, i64 %v183
  call void @llvm.masked.store.v8i32.p0(<8 x i32> %v331, ptr %v332, i32 4, <8 x i1> %v193)
  %v184 = add nsw i64 %v183, 8
  %v333 = icmp slt i64 %v184, %v32
  br i1 %v333, label %block181, label %block182
block182:
  %v28 = add nsw i64 %v27, 1
  %v334 = icmp slt i64 %v28, %end
  br i1 %v334, label %block25, label %block26
block26:
  ret void
}

declare <8 x double> @llvm.fabs.v8f64(<8 x double>)
declare <8 x double> @llvm.masked.load.v8f64.p0(ptr, i32 immarg, <8 x i1>, <8 x double>)
declare <8 x half> @llvm.masked.load.v8f16.p0(ptr, i32 immarg, <8 x i1>, <8 x half>)
declare <8 x i16> @llvm.masked.load.v8i16.p0(ptr, i32 immarg, <8 x i1>, <8 x i16>)
declare <8 x i32> @llvm.fptosi.sat.v8i32.v8f32(<8 x float>)
declare <8 x i32> @llvm.masked.load.v8i32.p0(ptr, i32 immarg, <8 x i1>, <8 x i32>)
declare void @llvm.masked.store.v8f16.p0(<8 x half>, ptr, i32 immarg, <8 x i1>)
declare void @llvm.masked.store.v8f32.p0(<8 x float>, ptr, i32 immarg, <8 x i1>)
declare void @llvm.masked.store.v8i16.p0(<8 x i16>, ptr, i32 immarg, <8 x i1>)
declare void @llvm.masked.store.v8i32.p0(<8 x i32>, ptr, i32 immarg, <8 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
