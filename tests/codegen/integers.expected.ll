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
  %v17 = phi i64 [ %begin, %entry ], [ %v18, %block104 ]
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
  %v30 = getelementptr i32, ptr %v1, i64 %v28
  %v31 = load <16 x i32>, ptr %v30, align 4
  %v32 = getelementptr i32, ptr %v3, i64 %v28
  %v33 = load <16 x i32>, ptr %v32, align 4
  %v34 = icmp eq <16 x i32> %v33, zeroinitializer
  %v35 = icmp eq <16 x i32> %v33, splat (i32 -1)
  %v36 = or <16 x i1> %v34, %v35
  %v37 = select <16 x i1> %v36, <16 x i32> splat (i32 1), <16 x i32> %v33
  %v38 = sdiv <16 x i32> %v31, %v37
  %v39 = sub <16 x i32> zeroinitializer, %v31
  %v40 = select <16 x i1> %v35, <16 x i32> %v39, <16 x i32> %v38
  %v41 = select <16 x i1> %v34, <16 x i32> zeroinitializer, <16 x i32> %v40
  %v42 = icmp ult <16 x i32> %v33, splat (i32 32)
  %v43 = shl <16 x i32> %v31, %v33
  %v44 = select <16 x i1> %v42, <16 x i32> %v43, <16 x i32> zeroinitializer
  %v45 = icmp ult <16 x i32> %v33, splat (i32 31)
  %v46 = select <16 x i1> %v45, <16 x i32> %v33, <16 x i32> splat (i32 31)
  %v47 = ashr <16 x i32> %v31, %v46
  %v48 = xor <16 x i32> %v41, %v44
  %v49 = add <16 x i32> %v48, %v47
  %v50 = insertelement <16 x i64> poison, i64 %v28, i64 0
  %v51 = shufflevector <16 x i64> %v50, <16 x i64> poison, <16 x i32> zeroinitializer
  %v52 = add <16 x i64> %v51, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12, i64 13, i64 14, i64 15>
  %v53 = mul <16 x i64> %v52, splat (i64 3)
  %v54 = add <16 x i64> %v53, splat (i64 2)
  %v55 = trunc <16 x i64> %v54 to <16 x i32>
  %v56 = mul <16 x i32> %v49, %v55
  %v57 = call <16 x i32> @llvm.abs.v16i32(<16 x i32> %v56, i1 false)
  %v58 = call <16 x i32> @llvm.smax.v16i32(<16 x i32> %v57, <16 x i32> %v49)
  %v59 = getelementptr i32, ptr %v5, i64 %v28
  store <16 x i32> %v58, ptr %v59, align 4
  %v60 = trunc <16 x i32> %v31 to <16 x i8>
  %v61 = getelementptr i8, ptr %v7, i64 %v28
  store <16 x i8> %v60, ptr %v61, align 1
  %v62 = sitofp <16 x i32> %v31 to <16 x float>
  %v63 = getelementptr float, ptr %v9, i64 %v28
  store <16 x float> %v62, ptr %v63, align 4
  %v64 = icmp slt <16 x i32> %v31, %v33
  %v65 = zext <16 x i1> %v64 to <16 x i8>
  %v66 = getelementptr i8, ptr %v11, i64 %v28
  store <16 x i8> %v65, ptr %v66, align 1
  %v67 = getelementptr i32, ptr %v30, i64 16
  %v68 = load <16 x i32>, ptr %v67, align 4
  %v69 = getelementptr i32, ptr %v32, i64 16
  %v70 = load <16 x i32>, ptr %v69, align 4
  %v71 = icmp eq <16 x i32> %v70, zeroinitializer
  %v72 = icmp eq <16 x i32> %v70, splat (i32 -1)
  %v73 = or <16 x i1> %v71, %v72
  %v74 = select <16 x i1> %v73, <16 x i32> splat (i32 1), <16 x i32> %v70
  %v75 = sdiv <16 x i32> %v68, %v74
  %v76 = sub <16 x i32> zeroinitializer, %v68
  %v77 = select <16 x i1> %v72, <16 x i32> %v76, <16 x i32> %v75
  %v78 = select <16 x i1> %v71, <16 x i32> zeroinitializer, <16 x i32> %v77
  %v79 = icmp ult <16 x i32> %v70, splat (i32 32)
  %v80 = shl <16 x i32> %v68, %v70
  %v81 = select <16 x i1> %v79, <16 x i32> %v80, <16 x i32> zeroinitializer
  %v82 = icmp ult <16 x i32> %v70, splat (i32 31)
  %v83 = select <16 x i1> %v82, <16 x i32> %v70, <16 x i32> splat (i32 31)
  %v84 = ashr <16 x i32> %v68, %v83
  %v85 = xor <16 x i32> %v78, %v81
  %v86 = add <16 x i32> %v85, %v84
  %v87 = mul <16 x i64> %v52, splat (i64 3)
  %v88 = add <16 x i64> %v87, splat (i64 50)
  %v89 = trunc <16 x i64> %v88 to <16 x i32>
  %v90 = mul <16 x i32> %v86, %v89
  %v91 = call <16 x i32> @llvm.abs.v16i32(<16 x i32> %v90, i1 false)
  %v92 = call <16 x i32> @llvm.smax.v16i32(<16 x i32> %v91, <16 x i32> %v86)
  %v93 = getelementptr i32, ptr %v59, i64 16
  store <16 x i32> %v92, ptr %v93, align 4
  %v94 = trunc <16 x i32> %v68 to <16 x i8>
  %v95 = getelementptr i8, ptr %v61, i64 16
  store <16 x i8> %v94, ptr %v95, align 1
  %v96 = sitofp <16 x i32> %v68 to <16 x float>
  %v97 = getelementptr float, ptr %v63, i64 16
  store <16 x float> %v96, ptr %v97, align 4
  %v98 = icmp slt <16 x i32> %v68, %v70
  %v99 = zext <16 x i1> %v98 to <16 x i8>
  %v100 = getelementptr i8, ptr %v66, i64 16
  store <16 x i8> %v99, ptr %v100, align 1
  %v29 = add nsw i64 %v28, 32
  %v101 = icmp slt i64 %v29, %v24
  br i1 %v101, label %block26, label %block27
block27:
  %v102 = icmp slt i64 %v24, %v22
  br i1 %v102, label %block103, label %block104
block103:
  %v105 = phi i64 [ %v24, %block27 ], [ %v106, %block103 ]
  %v107 = mul i64 %v105, -1
  %v108 = add i64 %v107, %v22
  %v109 = icmp slt i64 %v108, 16
  %v110 = select i1 %v109, i64 %v108, i64 16
  %v111 = icmp sgt i64 %v110, 0
  %v112 = select i1 %v111, i64 %v110, i64 0
  %v113 = trunc i64 %v112 to i32
  %v114 = insertelement <16 x i32> poison, i32 %v113, i64 0
  %v115 = shufflevector <16 x i32> %v114, <16 x i32> poison, <16 x i32> zeroinitializer
  %v116 = icmp ugt <16 x i32> %v115, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v117 = getelementptr i32, ptr %v1, i64 %v105
  %v118 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v117, i32 4, <16 x i1> %v116, <16 x i32> zeroinitializer)
  %v119 = getelementptr i32, ptr %v3, i64 %v105
  %v120 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v119, i32 4, <16 x i1> %v116, <16 x i32> zeroinitializer)
  %v121 = icmp eq <16 x i32> %v120, zeroinitializer
  %v122 = icmp eq <16 x i32> %v120, splat (i32 -1)
  %v123 = or <16 x i1> %v121, %v122
  %v124 = select <16 x i1> %v123, <16 x i32> splat (i32 1), <16 x i32> %v120
  %v125 = sdiv <16 x i32> %v118, %v124
  %v126 = sub <16 x i32> zeroinitializer, %v118
  %v127 = select <16 x i1> %v122, <16 x i32> %v126, <16 x i32> %v125
  %v128 = select <16 x i1> %v121, <16 x i32> zeroinitializer, <16 x i32> %v127
  %v129 = icmp ult <16 x i32> %v120, splat (i32 32)
  %v130 = shl <16 x i32> %v118, %v120
  %v131 = select <16 x i1> %v129, <16 x i32> %v130, <16 x i32> zeroinitializer
  %v132 = icmp ult <16 x i32> %v120, splat (i32 31)
  %v133 = select <16 x i1> %v132, <16 x i32> %v120, <16 x i32> splat (i32 31)
  %v134 = ashr <16 x i32> %v118, %v133
  %v135 = xor <16 x i32> %v128, %v131
  %v136 = add <16 x i32> %v135, %v134
  %v137 = insertelement <16 x i64> poison, i64 %v105, i64 0
  %v138 = shufflevector <16 x i64> %v137, <16 x i64> poison, <16 x i32> zeroinitializer
  %v139 = add <16 x i64> %v138, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12, i64 13, i64 14, i64 15>
  %v140 = mul <16 x i64> %v139, splat (i64 3)
  %v141 = add <16 x i64> %v140, splat (i64 2)
  %v142 = trunc <16 x i64> %v141 to <16 x i32>
  %v143 = mul <16 x i32> %v136, %v142
  %v144 = call <16 x i32> @llvm.abs.v16i32(<16 x i32> %v143, i1 false)
  %v145 = call <16 x i32> @llvm.smax.v16i32(<16 x i32> %v144, <16 x i32> %v136)
  %v146 = getelementptr i32, ptr %v5, i64 %v105
  call void @llvm.masked.store.v16i32.p0(<16 x i32> %v145, ptr %v146, i32 4, <16 x i1> %v116)
  %v147 = trunc <16 x i32> %v118 to <16 x i8>
  %v148 = getelementptr i8, ptr %v7, i64 %v105
  call void @llvm.masked.store.v16i8.p0(<16 x i8> %v147, ptr %v148, i32 1, <16 x i1> %v116)
  %v149 = sitofp <16 x i32> %v118 to <16 x float>
  %v150 = getelementptr float, ptr %v9, i64 %v105
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v149, ptr %v150, i32 4, <16 x i1> %v116)
  %v151 = icmp slt <16 x i32> %v118, %v120
  %v152 = zext <16 x i1> %v151 to <16 x i8>
  %v153 = getelementptr i8, ptr %v11, i64 %v105
  call void @llvm.masked.store.v16i8.p0(<16 x i8> %v152, ptr %v153, i32 1, <16 x i1> %v116)
  %v106 = add nsw i64 %v105, 16
  %v154 = icmp slt i64 %v106, %v22
  br i1 %v154, label %block103, label %block104
block104:
  %v18 = add nsw i64 %v17, 1
  %v155 = icmp slt i64 %v18, %end
  br i1 %v155, label %block15, label %block16
block16:
  ret void
}

declare <16 x i32> @llvm.abs.v16i32(<16 x i32>, i1 immarg)
declare <16 x i32> @llvm.masked.load.v16i32.p0(ptr, i32 immarg, <16 x i1>, <16 x i32>)
declare <16 x i32> @llvm.smax.v16i32(<16 x i32>, <16 x i32>)
declare void @llvm.masked.store.v16f32.p0(<16 x float>, ptr, i32 immarg, <16 x i1>)
declare void @llvm.masked.store.v16i32.p0(<16 x i32>, ptr, i32 immarg, <16 x i1>)
declare void @llvm.masked.store.v16i8.p0(<16 x i8>, ptr, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
