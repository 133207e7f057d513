define void @kernel(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) #0 {
entry:
  %v0 = getelementptr ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0
  %v2 = getelementptr ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2
  %v4 = alloca [64 x float], align 64
  %v5 = getelementptr i64, ptr %parameters, i64 0
  %v6 = load i64, ptr %v5
  %v7 = getelementptr i64, ptr %parameters, i64 1
  %v8 = load i64, ptr %v7
  %v9 = icmp slt i64 %begin, %end
  %v23 = add i64 %v8, 8191
  %v24 = udiv i64 %v23, 8192
  br i1 %v9, label %block10, label %block11
block10:
  %v12 = phi i64 [ %begin, %entry ], [ %v13, %block233 ]
  br label %block14
block14:
  %v16 = phi i64 [ 0, %block10 ], [ %v17, %block14 ]
  %v18 = getelementptr float, ptr %v4, i64 %v16
  store <16 x float> zeroinitializer, ptr %v18, align 64
  %v19 = getelementptr float, ptr %v18, i64 16
  store <16 x float> zeroinitializer, ptr %v19, align 64
  %v20 = getelementptr float, ptr %v18, i64 32
  store <16 x float> zeroinitializer, ptr %v20, align 64
  %v21 = getelementptr float, ptr %v18, i64 48
  store <16 x float> zeroinitializer, ptr %v21, align 64
  %v17 = add nsw i64 %v16, 64
  %v22 = icmp slt i64 %v17, 64
  br i1 %v22, label %block14, label %block15
block15:
  %v25 = icmp slt i64 0, %v24
  %v53 = mul i64 %v12, %v8
  %v54 = getelementptr float, ptr %v1, i64 %v53
  br i1 %v25, label %block26, label %block27
block26:
  %v28 = phi i64 [ 0, %block15 ], [ %v29, %block76 ]
  %v30 = mul i64 %v28, -8192
  %v31 = add i64 %v30, %v8
  %v32 = icmp slt i64 %v31, 8192
  %v33 = select i1 %v32, i64 %v31, i64 8192
  %v34 = sdiv i64 %v33, 64
  %v35 = mul i64 %v34, 64
  %v36 = sub i64 %v33, %v35
  %v37 = xor i64 %v36, 64
  %v38 = icmp slt i64 %v37, 0
  %v39 = icmp ne i64 %v36, 0
  %v40 = and i1 %v38, %v39
  %v41 = sub i64 %v34, 1
  %v42 = select i1 %v40, i64 %v41, i64 %v34
  %v43 = mul i64 %v42, 64
  %v44 = icmp slt i64 0, %v43
  %v55 = mul i64 %v28, 8192
  %v56 = getelementptr float, ptr %v54, i64 %v55
  br i1 %v44, label %block45, label %block46
block45:
  %v47 = phi i64 [ 0, %block26 ], [ %v48, %block45 ]
  %v49 = phi <16 x float> [ zeroinitializer, %block26 ], [ %v59, %block45 ]
  %v50 = phi <16 x float> [ zeroinitializer, %block26 ], [ %v62, %block45 ]
  %v51 = phi <16 x float> [ zeroinitializer, %block26 ], [ %v65, %block45 ]
  %v52 = phi <16 x float> [ zeroinitializer, %block26 ], [ %v68, %block45 ]
  %v57 = getelementptr float, ptr %v56, i64 %v47
  %v58 = load <16 x float>, ptr %v57, align 4
  %v59 = fadd <16 x float> %v49, %v58
  %v60 = getelementptr float, ptr %v57, i64 16
  %v61 = load <16 x float>, ptr %v60, align 4
  %v62 = fadd <16 x float> %v50, %v61
  %v63 = getelementptr float, ptr %v57, i64 32
  %v64 = load <16 x float>, ptr %v63, align 4
  %v65 = fadd <16 x float> %v51, %v64
  %v66 = getelementptr float, ptr %v57, i64 48
  %v67 = load <16 x float>, ptr %v66, align 4
  %v68 = fadd <16 x float> %v52, %v67
  %v48 = add nsw i64 %v47, 64
  %v69 = icmp slt i64 %v48, %v43
  br i1 %v69, label %block45, label %block46
block46:
  %v70 = phi <16 x float> [ zeroinitializer, %block26 ], [ %v59, %block45 ]
  %v71 = phi <16 x float> [ zeroinitializer, %block26 ], [ %v62, %block45 ]
  %v72 = phi <16 x float> [ zeroinitializer, %block26 ], [ %v65, %block45 ]
  %v73 = phi <16 x float> [ zeroinitializer, %block26 ], [ %v68, %block45 ]
  %v74 = icmp slt i64 %v43, %v33
  %v97 = add i64 %v33, -16
  %v111 = add i64 %v33, -32
  %v125 = add i64 %v33, -48
  br i1 %v74, label %block75, label %block76
block75:
  %v77 = phi i64 [ %v43, %block46 ], [ %v78, %block75 ]
  %v79 = phi <16 x float> [ %v70, %block46 ], [ %v96, %block75 ]
  %v80 = phi <16 x float> [ %v71, %block46 ], [ %v110, %block75 ]
  %v81 = phi <16 x float> [ %v72, %block46 ], [ %v124, %block75 ]
  %v82 = phi <16 x float> [ %v73, %block46 ], [ %v138, %block75 ]
  %v83 = mul i64 %v77, -1
  %v84 = add i64 %v83, %v33
  %v85 = icmp slt i64 %v84, 16
  %v86 = select i1 %v85, i64 %v84, i64 16
  %v87 = icmp sgt i64 %v86, 0
  %v88 = select i1 %v87, i64 %v86, i64 0
  %v89 = trunc i64 %v88 to i32
  %v90 = insertelement <16 x i32> poison, i32 %v89, i64 0
  %v91 = shufflevector <16 x i32> %v90, <16 x i32> poison, <16 x i32> zeroinitializer
  %v92 = icmp ugt <16 x i32> %v91, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v93 = getelementptr float, ptr %v56, i64 %v77
  %v94 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v93, i32 4, <16 x i1> %v92, <16 x float> zeroinitializer)
  %v95 = fadd <16 x float> %v79, %v94
  %v96 = select <16 x i1> %v92, <16 x float> %v95, <16 x float> %v79
  %v98 = add i64 %v83, %v97
  %v99 = icmp slt i64 %v98, 16
  %v100 = select i1 %v99, i64 %v98, i64 16
  %v101 = icmp sgt i64 %v100, 0
  %v102 = select i1 %v101, i64 %v100, i64 0
  %v103 = trunc i64 %v102 to i32
  %v104 = insertelement <16 x i32> poison, i32 %v103, i64 0
  %v105 = shufflevector <16 x i32> %v104, <16 x i32> poison, <16 x i32> zeroinitializer
  %v106 = icmp ugt <16 x i32> %v105, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v107 = getelementptr float, ptr %v93, i64 16
  %v108 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v107, i32 4, <16 x i1> %v106, <16 x float> zeroinitializer)
  %v109 = fadd <16 x float> %v80, %v108
  %v110 = select <16 x i1> %v106, <16 x float> %v109, <16 x float> %v80
  %v112 = add i64 %v83, %v111
  %v113 = icmp slt i64 %v112, 16
  %v114 = select i1 %v113, i64 %v112, i64 16
  %v115 = icmp sgt i64 %v114, 0
  %v116 = select i1 %v115, i64 %v114, i64 0
  %v117 = trunc i64 %v116 to i32
  %v118 = insertelement <16 x i32> poison, i32 %v117, i64 0
  %v119 = shufflevector <16 x i32> %v118, <16 x i32> poison, <16 x i32> zeroinitializer
  %v120 = icmp ugt <16 x i32> %v119, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v121 = getelementptr float, ptr %v93, i64 32
  %v122 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v121, i32 4, <16 x i1> %v120, <16 x float> zeroinitializer)
  %v123 = fadd <16 x float> %v81, %v122
  %v124 = select <16 x i1> %v120, <16 x float> %v123, <16 x float> %v81
  %v126 = add i64 %v83, %v125
  %v127 = icmp slt i64 %v126, 16
  %v128 = select i1 %v127, i64 %v126, i64 16
  %v129 = icmp sgt i64 %v128, 0
  %v130 = select i1 %v129, i64 %v128, i64 0
  %v131 = trunc i64 %v130 to i32
  %v132 = insertelement <16 x i32> poison, i32 %v131, i64 0
  %v133 = shufflevector <16 x i32> %v132, <16 x i32> poison, <16 x i32> zeroinitializer
  %v134 = icmp ugt <16 x i32> %v133, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v135 = getelementptr float, ptr %v93, i64 48
  %v136 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v135, i32 4, <16 x i1> %v134, <16 x float> zeroinitializer)
  %v137 = fadd <16 x float> %v82, %v136
  %v138 = select <16 x i1> %v134, <16 x float> %v137, <16 x float> %v82
  %v78 = add nsw i64 %v77, 64
  %v139 = icmp slt i64 %v78, %v33
  br i1 %v139, label %block75, label %block76
block76:
  %v140 = phi <16 x float> [ %v70, %block46 ], [ %v96, %block75 ]
  %v141 = phi <16 x float> [ %v71, %block46 ], [ %v110, %block75 ]
  %v142 = phi <16 x float> [ %v72, %block46 ], [ %v124, %block75 ]
  %v143 = phi <16 x float> [ %v73, %block46 ], [ %v138, %block75 ]
  %v144 = fadd <16 x float> %v140, %v142
  %v145 = fadd <16 x float> %v141, %v143
  %v146 = fadd <16 x float> %v144, %v145
  %v147 = shufflevector <16 x float> %v146, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %v148 = shufflevector <16 x float> %v146, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v149 = fadd <8 x float> %v147, %v148
  %v150 = shufflevector <8 x float> %v149, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %v151 = shufflevector <8 x float> %v149, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
  %v152 = fadd <4 x float> %v150, %v151
  %v153 = shufflevector <4 x float> %v152, <4 x float> poison, <2 x i32> <i32 0, i32 1>
  %v154 = shufflevector <4 x float> %v152, <4 x float> poison, <2 x i32> <i32 2, i32 3>
  %v155 = fadd <2 x float> %v153, %v154
  %v156 = extractelement <2 x float> %v155, i64 0
  %v157 = extractelement <2 x float> %v155, i64 1
  %v158 = fadd float %v156, %v157
  %v159 = urem i64 %v28, 64
  %v160 = getelementptr float, ptr %v4, i64 %v159
  %v161 = load float, ptr %v160, align 4
  %v162 = fadd float %v161, %v158
  store float %v162, ptr %v160, align 4
  %v29 = add nsw i64 %v28, 1
  %v163 = icmp slt i64 %v29, %v24
  br i1 %v163, label %block26, label %block27
block27:
  br label %block164
block164:
  %v166 = phi i64 [ 0, %block27 ], [ %v167, %block164 ]
  %v168 = getelementptr float, ptr %v4, i64 %v166
  %v169 = getelementptr float, ptr %v168, i64 32
  %v170 = load <16 x float>, ptr %v169, align 64
  %v171 = load <16 x float>, ptr %v168, align 64
  %v172 = fadd <16 x float> %v171, %v170
  store <16 x float> %v172, ptr %v168, align 64
  %v167 = add nsw i64 %v166, 16
  %v173 = icmp slt i64 %v167, 32
  br i1 %v173, label %block164, label %block165
block165:
  br label %block174
block174:
  %v176 = phi i64 [ 0, %block165 ], [ %v177, %block174 ]
  %v178 = getelementptr float, ptr %v4, i64 %v176
  %v179 = getelementptr float, ptr %v178, i64 16
  %v180 = load <16 x float>, ptr %v179, align 64
  %v181 = load <16 x float>, ptr %v178, align 64
  %v182 = fadd <16 x float> %v181, %v180
  store <16 x float> %v182, ptr %v178, align 64
  %v177 = add nsw i64 %v176, 16
  %v183 = icmp slt i64 %v177, 16
  br i1 %v183, label %block174, label %block175
block175:
  br label %block184
block184:
  %v186 = phi i64 [ 0, %block175 ], [ %v187, %block184 ]
  %v188 = mul i64 %v186, -1
  %v189 = add i64 %v188, 8
  %v190 = trunc i64 %v189 to i32
  %v191 = insertelement <16 x i32> poison, i32 %v190, i64 0
  %v192 = shufflevector <16 x i32> %v191, <16 x i32> poison, <16 x i32> zeroinitializer
  %v193 = icmp ugt <16 x i32> %v192, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v194 = getelementptr float, ptr %v4, i64 %v186
  %v195 = getelementptr float, ptr %v194, i64 8
  %v196 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v195, i32 32, <16 x i1> %v193, <16 x float> zeroinitializer)
  %v197 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v194, i32 64, <16 x i1> %v193, <16 x float> zeroinitializer)
  %v198 = fadd <16 x float> %v197, %v196
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v198, ptr %v194, i32 64, <16 x i1> %v193)
  %v187 = add nsw i64 %v186, 16
  %v199 = icmp slt i64 %v187, 8
  br i1 %v199, label %block184, label %block185
block185:
  br label %block200
block200:
  %v202 = phi i64 [ 0, %block185 ], [ %v203, %block200 ]
  %v204 = mul i64 %v202, -1
  %v205 = add i64 %v204, 4
  %v206 = trunc i64 %v205 to i32
  %v207 = insertelement <16 x i32> poison, i32 %v206, i64 0
  %v208 = shufflevector <16 x i32> %v207, <16 x i32> poison, <16 x i32> zeroinitializer
  %v209 = icmp ugt <16 x i32> %v208, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v210 = getelementptr float, ptr %v4, i64 %v202
  %v211 = getelementptr float, ptr %v210, i64 4
  %v212 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v211, i32 16, <16 x i1> %v209, <16 x float> zeroinitializer)
  %v213 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v210, i32 64, <16 x i1> %v209, <16 x float> zeroinitializer)
  %v214 = fadd <16 x float> %v213, %v212
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v214, ptr %v210, i32 64, <16 x i1> %v209)
  %v203 = add nsw i64 %v202, 16
  %v215 = icmp slt i64 %v203, 4
  br i1 %v215, label %block200, label %block201
block201:
  br label %block216
block216:
  %v218 = phi i64 [ 0, %block201 ], [ %v219, %block216 ]
  %v220 = mul i64 %v218, -1
  %v221 = add i64 %v220, 2
  %v222 = trunc i64 %v221 to i32
  %v223 = insertelement <16 x i32> poison, i32 %v222, i64 0
  %v224 = shufflevector <16 x i32> %v223, <16 x i32> poison, <16 x i32> zeroinitializer
  %v225 = icmp ugt <16 x i32> %v224, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v226 = getelementptr float, ptr %v4, i64 %v218
  %v227 = getelementptr float, ptr %v226, i64 2
  %v228 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v227, i32 8, <16 x i1> %v225, <16 x float> zeroinitializer)
  %v229 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v226, i32 64, <16 x i1> %v225, <16 x float> zeroinitializer)
  %v230 = fadd <16 x float> %v229, %v228
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v230, ptr %v226, i32 64, <16 x i1> %v225)
  %v219 = add nsw i64 %v218, 16
  %v231 = icmp slt i64 %v219, 2
  br i1 %v231, label %block216, label %block217
block217:
  br label %block232
block232:
  %v234 = phi i64 [ 0, %block217 ], [ %v235, %block232 ]
  %v236 = mul i64 %v234, -1
  %v237 = add i64 %v236, 1
  %v238 = trunc i64 %v237 to i32
  %v239 = insertelement <16 x i32> poison, i32 %v238, i64 0
  %v240 = shufflevector <16 x i32> %v239, <16 x i32> poison, <16 x i32> zeroinitializer
  %v241 = icmp ugt <16 x i32> %v240, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v242 = getelementptr float, ptr %v4, i64 %v234
  %v243 = getelementptr float, ptr %v242, i64 1
  %v244 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v243, i32 4, <16 x i1> %v241, <16 x float> zeroinitializer)
  %v245 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %v242, i32 64, <16 x i1> %v241, <16 x float> zeroinitializer)
  %v246 = fadd <16 x float> %v245, %v244
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v246, ptr %v242, i32 64, <16 x i1> %v241)
  %v235 = add nsw i64 %v234, 16
  %v247 = icmp slt i64 %v235, 1
  br i1 %v247, label %block232, label %block233
block233:
  %v248 = load float, ptr %v4, align 64
  %v249 = getelementptr float, ptr %v3, i64 %v12
  store float %v248, ptr %v249, align 4
  %v13 = add nsw i64 %v12, 1
  %v250 = icmp slt i64 %v13, %end
  br i1 %v250, label %block10, label %block11
block11:
  ret void
}

declare <16 x float> @llvm.masked.load.v16f32.p0(ptr, i32 immarg, <16 x i1>, <16 x float>)
declare void @llvm.masked.store.v16f32.p0(<16 x float>, ptr, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
