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
  %v11 = phi i64 [ %begin, %entry ], [ %v12, %block78 ]
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
  %v38 = getelementptr float, ptr %v37, <16 x i32> <i32 0, i32 -1, i32 -2, i32 -3, i32 -4, i32 -5, i32 -6, i32 -7, i32 -8, i32 -9, i32 -10, i32 -11, i32 -12, i32 -13, i32 -14, i32 -15>
  call void @llvm.masked.scatter.v16f32.v16p0(<16 x float> %v33, <16 x ptr> %v38, i32 4, <16 x i1> splat (i1 true))
  %v39 = getelementptr i32, ptr %v24, i64 16
  %v40 = load <16 x i32>, ptr %v39, align 4
  %v41 = sext <16 x i32> %v40 to <16 x i64>
  %v42 = trunc <16 x i64> %v41 to <16 x i32>
  %v43 = icmp slt <16 x i32> %v42, splat (i32 49)
  %v44 = select <16 x i1> %v43, <16 x i32> %v42, <16 x i32> splat (i32 49)
  %v45 = icmp sgt <16 x i32> %v44, zeroinitializer
  %v46 = select <16 x i1> %v45, <16 x i32> %v44, <16 x i32> zeroinitializer
  %v47 = getelementptr float, ptr %v1, <16 x i32> %v46
  %v48 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v47, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v49 = getelementptr float, ptr %v36, i64 -17
  %v50 = getelementptr float, ptr %v49, <16 x i32> <i32 0, i32 -1, i32 -2, i32 -3, i32 -4, i32 -5, i32 -6, i32 -7, i32 -8, i32 -9, i32 -10, i32 -11, i32 -12, i32 -13, i32 -14, i32 -15>
  call void @llvm.masked.scatter.v16f32.v16p0(<16 x float> %v48, <16 x ptr> %v50, i32 4, <16 x i1> splat (i1 true))
  %v51 = getelementptr i32, ptr %v24, i64 32
  %v52 = load <16 x i32>, ptr %v51, align 4
  %v53 = sext <16 x i32> %v52 to <16 x i64>
  %v54 = trunc <16 x i64> %v53 to <16 x i32>
  %v55 = icmp slt <16 x i32> %v54, splat (i32 49)
  %v56 = select <16 x i1> %v55, <16 x i32> %v54, <16 x i32> splat (i32 49)
  %v57 = icmp sgt <16 x i32> %v56, zeroinitializer
  %v58 = select <16 x i1> %v57, <16 x i32> %v56, <16 x i32> zeroinitializer
  %v59 = getelementptr float, ptr %v1, <16 x i32> %v58
  %v60 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v59, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v61 = getelementptr float, ptr %v36, i64 -33
  %v62 = getelementptr float, ptr %v61, <16 x i32> <i32 0, i32 -1, i32 -2, i32 -3, i32 -4, i32 -5, i32 -6, i32 -7, i32 -8, i32 -9, i32 -10, i32 -11, i32 -12, i32 -13, i32 -14, i32 -15>
  call void @llvm.masked.scatter.v16f32.v16p0(<16 x float> %v60, <16 x ptr> %v62, i32 4, <16 x i1> splat (i1 true))
  %v63 = getelementptr i32, ptr %v24, i64 48
  %v64 = load <16 x i32>, ptr %v63, align 4
  %v65 = sext <16 x i32> %v64 to <16 x i64>
  %v66 = trunc <16 x i64> %v65 to <16 x i32>
  %v67 = icmp slt <16 x i32> %v66, splat (i32 49)
  %v68 = select <16 x i1> %v67, <16 x i32> %v66, <16 x i32> splat (i32 49)
  %v69 = icmp sgt <16 x i32> %v68, zeroinitializer
  %v70 = select <16 x i1> %v69, <16 x i32> %v68, <16 x i32> zeroinitializer
  %v71 = getelementptr float, ptr %v1, <16 x i32> %v70
  %v72 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v71, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v73 = getelementptr float, ptr %v36, i64 -49
  %v74 = getelementptr float, ptr %v73, <16 x i32> <i32 0, i32 -1, i32 -2, i32 -3, i32 -4, i32 -5, i32 -6, i32 -7, i32 -8, i32 -9, i32 -10, i32 -11, i32 -12, i32 -13, i32 -14, i32 -15>
  call void @llvm.masked.scatter.v16f32.v16p0(<16 x float> %v72, <16 x ptr> %v74, i32 4, <16 x i1> splat (i1 true))
  %v23 = add nsw i64 %v22, 64
  %v75 = icmp slt i64 %v23, %v18
  br i1 %v75, label %block20, label %block21
block21:
  %v76 = icmp slt i64 %v18, %v16
  br i1 %v76, label %block77, label %block78
block77:
  %v79 = phi i64 [ %v18, %block21 ], [ %v80, %block77 ]
  %v81 = mul i64 %v79, -1
  %v82 = add i64 %v81, %v16
  %v83 = icmp slt i64 %v82, 16
  %v84 = select i1 %v83, i64 %v82, i64 16
  %v85 = icmp sgt i64 %v84, 0
  %v86 = select i1 %v85, i64 %v84, i64 0
  %v87 = trunc i64 %v86 to i32
  %v88 = insertelement <16 x i32> poison, i32 %v87, i64 0
  %v89 = shufflevector <16 x i32> %v88, <16 x i32> poison, <16 x i32> zeroinitializer
  %v90 = icmp ugt <16 x i32> %v89, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v91 = getelementptr i32, ptr %v3, i64 %v79
  %v92 = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %v91, i32 4, <16 x i1> %v90, <16 x i32> zeroinitializer)
  %v93 = sext <16 x i32> %v92 to <16 x i64>
  %v94 = trunc <16 x i64> %v93 to <16 x i32>
  %v95 = icmp slt <16 x i32> %v94, splat (i32 49)
  %v96 = select <16 x i1> %v95, <16 x i32> %v94, <16 x i32> splat (i32 49)
  %v97 = icmp sgt <16 x i32> %v96, zeroinitializer
  %v98 = select <16 x i1> %v97, <16 x i32> %v96, <16 x i32> zeroinitializer
  %v99 = getelementptr float, ptr %v1, <16 x i32> %v98
  %v100 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v99, i32 4, <16 x i1> %v90, <16 x float> zeroinitializer)
  %v101 = getelementptr float, ptr %v34, i64 %v81
  %v102 = getelementptr float, ptr %v101, i64 -1
  %v103 = getelementptr float, ptr %v102, <16 x i32> <i32 0, i32 -1, i32 -2, i32 -3, i32 -4, i32 -5, i32 -6, i32 -7, i32 -8, i32 -9, i32 -10, i32 -11, i32 -12, i32 -13, i32 -14, i32 -15>
  call void @llvm.masked.scatter.v16f32.v16p0(<16 x float> %v100, <16 x ptr> %v103, i32 4, <16 x i1> %v90)
  %v80 = add nsw i64 %v79, 16
  %v104 = icmp slt i64 %v80, %v16
  br i1 %v104, label %block77, label %block78
block78:
  %v12 = add nsw i64 %v11, 1
  %v105 = icmp slt i64 %v12, %end
  br i1 %v105, label %block9, label %block10
block10:
  ret void
}

declare <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr>, i32 immarg, <16 x i1>, <16 x float>)
declare <16 x i32> @llvm.masked.load.v16i32.p0(ptr, i32 immarg, <16 x i1>, <16 x i32>)
declare void @llvm.masked.scatter.v16f32.v16p0(<16 x float>, <16 x ptr>, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
