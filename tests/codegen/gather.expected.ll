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
  %v34 = getelementptr float, ptr %v5, i64 %v7
  br i1 %v8, label %block9, label %block10
block9:
  %v11 = phi i64 [ %begin, %entry ], [ %v12, %block198 ]
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
  %v24 = getelementptr i32, ptr %v3, i64 %v22
  %v25 = load <16 x i32>, ptr %v24, align 4
  %v26 = sext <16 x i32> %v25 to <16 x i64>
  %v27 = trunc <16 x i64> %v26 to <16 x i32>
  %v28 = icmp slt <16 x i32> %v27, splat (i32 49)
  %v29 = select <16 x i1> %v28, <16 x i32> %v27, <16 x i32> splat (i32 49)
  %v30 = icmp sgt <16 x i32> %v29, zeroinitializer
  %v31 = select <16 x i1> %v30, <16 x i32> %v29, <16 x i32> zeroinitializer
  %v32 = getelementptr float, ptr %v1, <16 x i32> %v31
  %v33 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v32, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v35 = mul i64 %v22, -1
  %v36 = getelementptr float, ptr %v34, i64 %v35
  %v37 = getelementptr float, ptr %v36, i64 -1
  %v38 = getelementptr float, ptr %v37, i64 -1
  %v39 = getelementptr float, ptr %v37, i64 -2
  %v40 = getelementptr float, ptr %v37, i64 -3
  %v41 = getelementptr float, ptr %v37, i64 -4
  %v42 = getelementptr float, ptr %v37, i64 -5
  %v43 = getelementptr float, ptr %v37, i64 -6
  %v44 = getelementptr float, ptr %v37, i64 -7
  %v45 = getelementptr float, ptr %v37, i64 -8
  %v46 = getelementptr float, ptr %v37, i64 -9
  %v47 = getelementptr float, ptr %v37, i64 -10
  %v48 = getelementptr float, ptr %v37, i64 -11
  %v49 = getelementptr float, ptr %v37, i64 -12
  %v50 = getelementptr float, ptr %v37, i64 -13
  %v51 = getelementptr float, ptr %v37, i64 -14
  %v52 = getelementptr float, ptr %v37, i64 -15
  %v53 = extractelement <16 x float> %v33, i64 0
  store float %v53, ptr %v37, align 4
  %v54 = extractelement <16 x float> %v33, i64 1
  store float %v54, ptr %v38, align 4
  %v55 = extractelement <16 x float> %v33, i64 2
  store float %v55, ptr %v39, align 4
  %v56 = extractelement <16 x float> %v33, i64 3
  store float %v56, ptr %v40, align 4
  %v57 = extractelement <16 x float> %v33, i64 4
  store float %v57, ptr %v41, align 4
  %v58 = extractelement <16 x float> %v33, i64 5
  store float %v58, ptr %v42, align 4
  %v59 = extractelement <16 x float> %v33, i64 6
  store float %v59, ptr %v43, align 4
  %v60 = extractelement <16 x float> %v33, i64 7
  store float %v60, ptr %v44, align 4
  %v61 = extractelement <16 x float> %v33, i64 8
  store float %v61, ptr %v45, align 4
  %v62 = extractelement <16 x float> %v33, i64 9
  store float %v62, ptr %v46, align 4
  %v63 = extractelement <16 x float> %v33, i64 10
  store float %v63, ptr %v47, align 4
  %v64 = extractelement <16 x float> %v33, i64 11
  store float %v64, ptr %v48, align 4
  %v65 = extractelement <16 x float> %v33, i64 12
  store float %v65, ptr %v49, align 4
  %v66 = extractelement <16 x float> %v33, i64 13
  store float %v66, ptr %v50, align 4
  %v67 = extractelement <16 x float> %v33, i64 14
  store float %v67, ptr %v51, align 4
  %v68 = extractelement <16 x float> %v33, i64 15
  store float %v68, ptr %v52, align 4
  %v69 = getelementptr i32, ptr %v24, i64 16
  %v70 = load <16 x i32>, ptr %v69, align 4
  %v71 = sext <16 x i32> %v70 to <16 x i64>
  %v72 = trunc <16 x i64> %v71 to <16 x i32>
  %v73 = icmp slt <16 x i32> %v72, splat (i32 49)
  %v74 = select <16 x i1> %v73, <16 x i32> %v72, <16 x i32> splat (i32 49)
  %v75 = icmp sgt <16 x i32> %v74, zeroinitializer
  %v76 = select <16 x i1> %v75, <16 x i32> %v74, <16 x i32> zeroinitializer
  %v77 = getelementptr float, ptr %v1, <16 x i32> %v76
  %v78 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v77, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v79 = getelementptr float, ptr %v36, i64 -17
  %v80 = getelementptr float, ptr %v79, i64 -1
  %v81 = getelementptr float, ptr %v79, i64 -2
  %v82 = getelementptr float, ptr %v79, i64 -3
  %v83 = getelementptr float, ptr %v79, i64 -4
  %v84 = getelementptr float, ptr %v79, i64 -5
  %v85 = getelementptr float, ptr %v79, i64 -6
  %v86 = getelementptr float, ptr %v79, i64 -7
  %v87 = getelementptr float, ptr %v79, i64 -8
  %v88 = getelementptr float, ptr %v79, i64 -9
  %v89 = getelementptr float, ptr %v79, i64 -10
  %v90 = getelementptr float, ptr %v79, i64 -11
  %v91 = getelementptr float, ptr %v79, i64 -12
  %v92 = getelementptr float, ptr %v79, i64 -13
  %v93 = getelementptr float, ptr %v79, i64 -14
  %v94 = getelementptr float, ptr %v79, i64 -15
  %v95 = extractelement <16 x float> %v78, i64 0
  store float %v95, ptr %v79, align 4
  %v96 = extractelement <16 x float> %v78, i64 1
  store float %v96, ptr %v80, align 4
  %v97 = extractelement <16 x float> %v78, i64 2
  store float %v97, ptr %v81, align 4
  %v98 = extractelement <16 x float> %v78, i64 3
  store float %v98, ptr %v82, align 4
  %v99 = extractelement <16 x float> %v78, i64 4
  store float %v99, ptr %v83, align 4
  %v100 = extractelement <16 x float> %v78, i64 5
  store float %v100, ptr %v84, align 4
  %v101 = extractelement <16 x float> %v78, i64 6
  store float %v101, ptr %v85, align 4
  %v102 = extractelement <16 x float> %v78, i64 7
  store float %v102, ptr %v86, align 4
  %v103 = extractelement <16 x float> %v78, i64 8
  store float %v103, ptr %v87, align 4
  %v104 = extractelement <16 x float> %v78, i64 9
  store float %v104, ptr %v88, align 4
  %v105 = extractelement <16 x float> %v78, i64 10
  store float %v105, ptr %v89, align 4
  %v106 = extractelement <16 x float> %v78, i64 11
  store float %v106, ptr %v90, align 4
  %v107 = extractelement <16 x float> %v78, i64 12
  store float %v107, ptr %v91, align 4
  %v108 = extractelement <16 x float> %v78, i64 13
  store float %v108, ptr %v92, align 4
  %v109 = extractelement <16 x float> %v78, i64 14
  store float %v109, ptr %v93, align 4
  %v110 = extractelement <16 x float> %v78, i64 15
  store float %v110, ptr %v94, align 4
  %v111 = getelementptr i32, ptr %v24, i64 32
  %v112 = load <16 x i32>, ptr %v111, align 4
  %v113 = sext <16 x i32> %v112 to <16 x i64>
  %v114 = trunc <16 x i64> %v113 to <16 x i32>
  %v115 = icmp slt <16 x i32> %v114, splat (i32 49)
  %v116 = select <16 x i1> %v115, <16 x i32> %v114, <16 x i32> splat (i32 49)
  %v117 = icmp sgt <16 x i32> %v116, zeroinitializer
  %v118 = select <16 x i1> %v117, <16 x i32> %v116, <16 x i32> zeroinitializer
  %v119 = getelementptr float, ptr %v1, <16 x i32> %v118
  %v120 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v119, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v121 = getelementptr float, ptr %v36, i64 -33
  %v122 = getelementptr float, ptr %v121, i64 -1
  %v123 = getelementptr float, ptr %v121, i64 -2
  %v124 = getelementptr float, ptr %v121, i64 -3
  %v125 = getelementptr float, ptr %v121, i64 -4
  %v126 = getelementptr float, ptr %v121, i64 -5
  %v127 = getelementptr float, ptr %v121, i64 -6
  %v128 = getelementptr float, ptr %v121, i64 -7
  %v129 = getelementptr float, ptr %v121, i64 -8
  %v130 = getelementptr float, ptr %v121, i64 -9
  %v131 = getelementptr float, ptr %v121, i64 -10
  %v132 = getelementptr float, ptr %v121, i64 -11
  %v133 = getelementptr float, ptr %v121, i64 -12
  %v134 = getelementptr float, ptr %v121, i64 -13
  %v135 = getelementptr float, ptr %v121, i64 -14
  %v136 = getelementptr float, ptr %v121, i64 -15
  %v137 = extractelement <16 x float> %v120, i64 0
  store float %v137, ptr %v121, align 4
  %v138 = extractelement <16 x float> %v120, i64 1
  store float %v138, ptr %v122, align 4
  %v139 = extractelement <16 x float> %v120, i64 2
  store float %v139, ptr %v123, align 4
  %v140 = extractelement <16 x float> %v120, i64 3
  store float %v140, ptr %v124, align 4
  %v141 = extractelement <16 x float> %v120, i64 4
  store float %v141, ptr %v125, align 4
  %v142 = extractelement <16 x float> %v120, i64 5
  store float %v142, ptr %v126, align 4
  %v143 = extractelement <16 x float> %v120, i64 6
  store float %v143, ptr %v127, align 4
  %v144 = extractelement <16 x float> %v120, i64 7
  store float %v144, ptr %v128, align 4
  %v145 = extractelement <16 x float> %v120, i64 8
  store float %v145, ptr %v129, align 4
  %v146 = extractelement <16 x float> %v120, i64 9
  store float %v146, ptr %v130, align 4
  %v147 = extractelement <16 x float> %v120, i64 10
  store float %v147, ptr %v131, align 4
  %v148 = extractelement <16 x float> %v120, i64 11
  store float %v148, ptr %v132, align 4
  %v149 = extractelement <16 x float> %v120, i64 12
  store float %v149, ptr %v133, align 4
  %v150 = extractelement <16 x float> %v120, i64 13
  store float %v150, ptr %v134, align 4
  %v151 = extractelement <16 x float> %v120, i64 14
  store float %v151, ptr %v135, align 4
  %v152 = extractelement <16 x float> %v120, i64 15
  store float %v152, ptr %v136, align 4
  %v153 = getelementptr i32, ptr %v24, i64 48
  %v154 = load <16 x i32>, ptr %v153, align 4
  %v155 = sext <16 x i32> %v154 to <16 x i64>
  %v156 = trunc <16 x i64> %v155 to <16 x i32>
  %v157 = icmp slt <16 x i32> %v156, splat (i32 49)
  %v158 = select <16 x i1> %v157, <16 x i32> %v156, <16 x i32> splat (i32 49)
  %v159 = icmp sgt <16 x i32> %v158, zeroinitializer
  %v160 = select <16 x i1> %v159, <16 x i32> %v158, <16 x i32> zeroinitializer
  %v161 = getelementptr float, ptr %v1, <16 x i32> %v160
  %v162 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v161, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v163 = getelementptr float, ptr %v36, i64 -49
  %v164 = getelementptr float, ptr %v163, i64 -1
  %v165 = getelementptr float, ptr %v163, i64 -2
  %v166 = getelementptr float, ptr %v163, i64 -3
  %v167 = getelementptr float, ptr %v163, i64 -4
  %v168 = getelementptr float, ptr %v163, i64 -5
  %v169 = getelementptr float, ptr %v163, i64 -6
  %v170 = getelementptr float, ptr %v163, i64 -7
  %v171 = getelementptr float, ptr %v163, i64 -8
  %v172 = getelementptr float, ptr %v163, i64 -9
  %v173 = getelementptr float, ptr %v163, i64 -10
  %v174 = getelementptr float, ptr %v163, i64 -11
  %v175 = getelementptr float, ptr %v163, i64 -12
  %v176 = getelementptr float, ptr %v163, i64 -13
  %v177 = getelementptr float, ptr %v163, i64 -14
  %v178 = getelementptr float, ptr %v163, i64 -15
  %v179 = extractelement <16 x float> %v162, i64 0
  store float %v179, ptr %v163, align 4
  %v180 = extractelement <16 x float> %v162, i64 1
  store float %v180, ptr %v164, align 4
  %v181 = extractelement <16 x float> %v162, i64 2
  store float %v181, ptr %v165, align 4
  %v182 = extractelement <16 x float> %v162, i64 3
  store float %v182, ptr %v166, align 4
  %v183 = extractelement <16 x float> %v162, i64 4
  store float %v183, ptr %v167, align 4
  %v184 = extractelement <16 x float> %v162, i64 5
  store float %v184, ptr %v168, align 4
  %v185 = extractelement <16 x float> %v162, i64 6
  store float %v185, ptr %v169, align 4
  %v186 = extractelement <16 x float> %v162, i64 7
  store float %v186, ptr %v170, align 4
  %v187 = extractelement <16 x float> %v162, i64 8
  store float %v187, ptr %v171, align 4
  %v188 = extractelement <16 x float> %v162, i64 9
  store float %v188, ptr %v172, align 4
  %v189 = extractelement <16 x float> %v162, i64 10
  store float %v189, ptr %v173, align 4
  %v190 = extractelement <16 x float> %v162, i64 11
  store float %v190, ptr %v174, align 4
  %v191 = extractelement <16 x float> %v162, i64 12
  store float %v191, ptr %v175, align 4
  %v192 = extractelement <16 x float> %v162, i64 13
  store float %v192, ptr %v176, align 4
  %v193 = extractelement <16 x float> %v162, i64 14
  store float %v193, ptr %v177, align 4
  %v194 = extractelement <16 x float> %v162, i64 15
  store float %v194, ptr %v178, align 4
  %v23 = add nsw i64 %v22, 64
  %v195 = icmp slt i64 %v23, %v18
  br i1 %v195, label %block20, label %block21
block21:
  %v196 = icmp slt i64 %v18, %v16
  br i1 %v196, label %block197, label %block198
block197:
  %v199 = phi i64 [ %v18, %block21 ], [ %v200, %block197 ]
  %v201 = mul i64 %v199, -1
  %v202 = add i64 %v201, %v16
  %v203 = icmp slt i64 %v202, 16
  %v204 = select i1 %v203, i64 %v202, i64 16
  %v205 = icmp sgt i64 %v204, 0
  %v206 = select i1 %v205, i64 %v204, i64 0
  %v207 = trunc i64 %v206 to i32
  %v208 = insertelement <16 x i32> poison, i32 %v207, i64 0
  %v209 = shufflevector <16 x i32> %v208, <16 x i32> poison, <16 x i32> zeroinitializer
  %v210 = icmp ugt <16 x i32> %v209, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v211 = getelementptr i32, ptr %v3, i64 %v199
  %v212 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v211, i32 4, <16 x i1> %v210, <16 x i32> zeroinitializer)
  %v213 = sext <16 x i32> %v212 to <16 x i64>
  %v214 = trunc <16 x i64> %v213 to <16 x i32>
  %v215 = icmp slt <16 x i32> %v214, splat (i32 49)
  %v216 = select <16 x i1> %v215, <16 x i32> %v214, <16 x i32> splat (i32 49)
  %v217 = icmp sgt <16 x i32> %v216, zeroinitializer
  %v218 = select <16 x i1> %v217, <16 x i32> %v216, <16 x i32> zeroinitializer
  %v219 = getelementptr float, ptr %v1, <16 x i32> %v218
  %v220 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v219, i32 4, <16 x i1> %v210, <16 x float> zeroinitializer)
  %v221 = getelementptr float, ptr %v34, i64 %v201
  %v222 = getelementptr float, ptr %v221, i64 -1
  %v223 = getelementptr float, ptr %v222, <16 x i32> <i32 0, i32 -1, i32 -2, i32 -3, i32 -4, i32 -5, i32 -6, i32 -7, i32 -8, i32 -9, i32 -10, i32 -11, i32 -12, i32 -13, i32 -14, i32 -15>
  call void @llvm.masked.scatter.v16f32.v16p0(<16 x float> %v220, <16 x ptr> %v223, i32 4, <16 x i1> %v210)
  %v200 = add nsw i64 %v199, 16
  %v224 = icmp slt i64 %v200, %v16
  br i1 %v224, label %block197, label %block198
block198:
  %v12 = add nsw i64 %v11, 1
  %v225 = icmp slt i64 %v12, %end
  br i1 %v225, label %block9, label %block10
block10:
  ret void
}

declare <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr>, i32 immarg, <16 x i1>, <16 x float>)
declare <16 x i32> @llvm.masked.load.v16i32.p0(ptr, i32 immarg, <16 x i1>, <16 x i32>)
declare void @llvm.masked.scatter.v16f32.v16p0(<16 x float>, <16 x ptr>, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
