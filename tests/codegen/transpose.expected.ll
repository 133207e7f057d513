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
  %v46 = insertelement <16 x i64> poison, i64 %v5, i64 0
  %v47 = shufflevector <16 x i64> %v46, <16 x i64> poison, <16 x i32> zeroinitializer
  %v48 = mul <16 x i64> %v47, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12, i64 13, i64 14, i64 15>
  %v54 = mul i64 %v5, 16
  %v55 = getelementptr float, ptr %v1, i64 %v54
  %v61 = mul i64 %v5, 32
  %v62 = getelementptr float, ptr %v1, i64 %v61
  %v68 = mul i64 %v5, 48
  %v69 = getelementptr float, ptr %v1, i64 %v68
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
  %v26 = phi i64 [ %v19, %block9 ], [ %v27, %block78 ]
  %v38 = icmp slt i64 %v32, %v37
  %v43 = getelementptr float, ptr %v1, i64 %v26
  %v51 = mul i64 %v26, %v7
  %v52 = getelementptr float, ptr %v3, i64 %v51
  %v56 = getelementptr float, ptr %v55, i64 %v26
  %v63 = getelementptr float, ptr %v62, i64 %v26
  %v70 = getelementptr float, ptr %v69, i64 %v26
  br i1 %v38, label %block39, label %block40
block39:
  %v41 = phi i64 [ %v32, %block24 ], [ %v42, %block39 ]
  %v44 = mul i64 %v41, %v5
  %v45 = getelementptr float, ptr %v43, i64 %v44
  %v49 = getelementptr float, ptr %v45, <16 x i64> %v48
  %v50 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v49, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v53 = getelementptr float, ptr %v52, i64 %v41
  store <16 x float> %v50, ptr %v53, align 4
  %v57 = getelementptr float, ptr %v56, i64 %v44
  %v58 = getelementptr float, ptr %v57, <16 x i64> %v48
  %v59 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v58, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v60 = getelementptr float, ptr %v53, i64 16
  store <16 x float> %v59, ptr %v60, align 4
  %v64 = getelementptr float, ptr %v63, i64 %v44
  %v65 = getelementptr float, ptr %v64, <16 x i64> %v48
  %v66 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v65, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v67 = getelementptr float, ptr %v53, i64 32
  store <16 x float> %v66, ptr %v67, align 4
  %v71 = getelementptr float, ptr %v70, i64 %v44
  %v72 = getelementptr float, ptr %v71, <16 x i64> %v48
  %v73 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v72, i32 4, <16 x i1> splat (i1 true), <16 x float> poison)
  %v74 = getelementptr float, ptr %v53, i64 48
  store <16 x float> %v73, ptr %v74, align 4
  %v42 = add nsw i64 %v41, 64
  %v75 = icmp slt i64 %v42, %v37
  br i1 %v75, label %block39, label %block40
block40:
  %v76 = icmp slt i64 %v37, %v35
  br i1 %v76, label %block77, label %block78
block77:
  %v79 = phi i64 [ %v37, %block40 ], [ %v80, %block77 ]
  %v81 = mul i64 %v79, -1
  %v82 = add i64 %v81, %v35
  %v83 = icmp slt i64 %v82, 16
  %v84 = select i1 %v83, i64 %v82, i64 16
  %v85 = icmp sgt i64 %v84, 0
  %v86 = select i1 %v85, i64 %v84, i64 0
  %v87 = trunc i64 %v86 to i32
  %v88 = insertelement <16 x i32> poison, i32 %v87, i64 0
  %v89 = shufflevector <16 x i32> %v88, <16 x i32> poison, <16 x i32> zeroinitializer
  %v90 = icmp ugt <16 x i32> %v89, <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
  %v91 = mul i64 %v79, %v5
  %v92 = getelementptr float, ptr %v43, i64 %v91
  %v93 = getelementptr float, ptr %v92, <16 x i64> %v48
  %v94 = call <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr> %v93, i32 4, <16 x i1> %v90, <16 x float> zeroinitializer)
  %v95 = getelementptr float, ptr %v52, i64 %v79
  call void @llvm.masked.store.v16f32.p0(<16 x float> %v94, ptr %v95, i32 4, <16 x i1> %v90)
  %v80 = add nsw i64 %v79, 16
  %v96 = icmp slt i64 %v80, %v35
  br i1 %v96, label %block77, label %block78
block78:
  %v27 = add nsw i64 %v26, 1
  %v97 = icmp slt i64 %v27, %v22
  br i1 %v97, label %block24, label %block25
block25:
  %v12 = add nsw i64 %v11, 1
  %v98 = icmp slt i64 %v12, %end
  br i1 %v98, label %block9, label %block10
block10:
  ret void
}

declare <16 x float> @llvm.masked.gather.v16f32.v16p0(<16 x ptr>, i32 immarg, <16 x i1>, <16 x float>)
declare void @llvm.masked.store.v16f32.p0(<16 x float>, ptr, i32 immarg, <16 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
