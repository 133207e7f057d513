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
  %v16 = getelementptr i64, ptr %parameters, i64 0
  %v17 = load i64, ptr %v16
  %v18 = icmp slt i64 %begin, %end
  br i1 %v18, label %block19, label %block20
block19:
  %v21 = phi i64 [ %begin, %entry ], [ %v22, %block77 ]
  %v23 = mul i64 %v21, 4096
  %v24 = add i64 %v23, 4096
  %v25 = icmp slt i64 %v17, %v24
  %v26 = select i1 %v25, i64 %v17, i64 %v24
  %v27 = udiv i64 %v26, 16
  %v28 = mul i64 %v27, 16
  %v29 = icmp slt i64 %v23, %v28
  br i1 %v29, label %block30, label %block31
block30:
  %v32 = phi i64 [ %v23, %block19 ], [ %v33, %block30 ]
  %v34 = getelementptr float, ptr %v1, i64 %v32
  %v35 = load <8 x float>, ptr %v34, align 4
  %v36 = fmul <8 x float> %v35, splat (float 0x4197D78400000000)
  %v37 = fmul <8 x float> %v36, %v36
  %v38 = fmul <8 x float> %v37, %v36
  %v39 = call <8 x i32> @llvm.fptosi.sat.v8i32.v8f32(<8 x float> %v36)
  %v40 = getelementptr i32, ptr %v3, i64 %v32
  store <8 x i32> %v39, ptr %v40, align 4
  %v41 = call <8 x i8> @llvm.fptoui.sat.v8i8.v8f32(<8 x float> %v35)
  %v42 = getelementptr i8, ptr %v5, i64 %v32
  store <8 x i8> %v41, ptr %v42, align 1
  %v43 = call <8 x i64> @llvm.fptosi.sat.v8i64.v8f32(<8 x float> %v38)
  %v44 = getelementptr i64, ptr %v7, i64 %v32
  store <8 x i64> %v43, ptr %v44, align 8
  %v45 = call <8 x i64> @llvm.fptoui.sat.v8i64.v8f32(<8 x float> %v38)
  %v46 = getelementptr i64, ptr %v9, i64 %v32
  store <8 x i64> %v45, ptr %v46, align 8
  %v47 = fcmp une <8 x float> %v35, zeroinitializer
  %v48 = zext <8 x i1> %v47 to <8 x i8>
  %v49 = getelementptr i8, ptr %v11, i64 %v32
  store <8 x i8> %v48, ptr %v49, align 1
  %v50 = call <8 x i8> @llvm.fptosi.sat.v8i8.v8f32(<8 x float> %v36)
  %v51 = getelementptr i8, ptr %v13, i64 %v32
  store <8 x i8> %v50, ptr %v51, align 1
  %v52 = call <8 x i32> @llvm.fptoui.sat.v8i32.v8f32(<8 x float> %v36)
  %v53 = getelementptr i32, ptr %v15, i64 %v32
  store <8 x i32> %v52, ptr %v53, align 4
  %v54 = getelementptr float, ptr %v34, i64 8
  %v55 = load <8 x float>, ptr %v54, align 4
  %v56 = fmul <8 x float> %v55, splat (float 0x4197D78400000000)
  %v57 = fmul <8 x float> %v56, %v56
  %v58 = fmul <8 x float> %v57, %v56
  %v59 = call <8 x i32> @llvm.fptosi.sat.v8i32.v8f32(<8 x float> %v56)
  %v60 = getelementptr i32, ptr %v40, i64 8
  store <8 x i32> %v59, ptr %v60, align 4
  %v61 = call <8 x i8> @llvm.fptoui.sat.v8i8.v8f32(<8 x float> %v55)
  %v62 = getelementptr i8, ptr %v42, i64 8
  store <8 x i8> %v61, ptr %v62, align 1
  %v63 = call <8 x i64> @llvm.fptosi.sat.v8i64.v8f32(<8 x float> %v58)
  %v64 = getelementptr i64, ptr %v44, i64 8
  store <8 x i64> %v63, ptr %v64, align 8
  %v65 = call <8 x i64> @llvm.fptoui.sat.v8i64.v8f32(<8 x float> %v58)
  %v66 = getelementptr i64, ptr %v46, i64 8
  store <8 x i64> %v65, ptr %v66, align 8
  %v67 = fcmp une <8 x float> %v55, zeroinitializer
  %v68 = zext <8 x i1> %v67 to <8 x i8>
  %v69 = getelementptr i8, ptr %v49, i64 8
  store <8 x i8> %v68, ptr %v69, align 1
  %v70 = call <8 x i8> @llvm.fptosi.sat.v8i8.v8f32(<8 x float> %v56)
  %v71 = getelementptr i8, ptr %v51, i64 8
  store <8 x i8> %v70, ptr %v71, align 1
  %v72 = call <8 x i32> @llvm.fptoui.sat.v8i32.v8f32(<8 x float> %v56)
  %v73 = getelementptr i32, ptr %v53, i64 8
  store <8 x i32> %v72, ptr %v73, align 4
  %v33 = add nsw i64 %v32, 16
  %v74 = icmp slt i64 %v33, %v28
  br i1 %v74, label %block30, label %block31
block31:
  %v75 = icmp slt i64 %v28, %v26
  br i1 %v75, label %block76, label %block77
block76:
  %v78 = phi i64 [ %v28, %block31 ], [ %v79, %block76 ]
  %v80 = mul i64 %v78, -1
  %v81 = add i64 %v80, %v26
  %v82 = icmp slt i64 %v81, 8
  %v83 = select i1 %v82, i64 %v81, i64 8
  %v84 = icmp sgt i64 %v83, 0
  %v85 = select i1 %v84, i64 %v83, i64 0
  %v86 = insertelement <8 x i64> poison, i64 %v85, i64 0
  %v87 = shufflevector <8 x i64> %v86, <8 x i64> poison, <8 x i32> zeroinitializer
  %v88 = icmp ugt <8 x i64> %v87, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7>
  %v89 = getelementptr float, ptr %v1, i64 %v78
  %v90 = call <8 x float> @llvm.masked.load.v8f32.p0(ptr %v89, i32 4, <8 x i1> %v88, <8 x float> zeroinitializer)
  %v91 = fmul <8 x float> %v90, splat (float 0x4197D78400000000)
  %v92 = fmul <8 x float> %v91, %v91
  %v93 = fmul <8 x float> %v92, %v91
  %v94 = call <8 x i32> @llvm.fptosi.sat.v8i32.v8f32(<8 x float> %v91)
  %v95 = getelementptr i32, ptr %v3, i64 %v78
  call void @llvm.masked.store.v8i32.p0(<8 x i32> %v94, ptr %v95, i32 4, <8 x i1> %v88)
  %v96 = call <8 x i8> @llvm.fptoui.sat.v8i8.v8f32(<8 x float> %v90)
  %v97 = getelementptr i8, ptr %v5, i64 %v78
  call void @llvm.masked.store.v8i8.p0(<8 x i8> %v96, ptr %v97, i32 1, <8 x i1> %v88)
  %v98 = call <8 x i64> @llvm.fptosi.sat.v8i64.v8f32(<8 x float> %v93)
  %v99 = getelementptr i64, ptr %v7, i64 %v78
  call void @llvm.masked.store.v8i64.p0(<8 x i64> %v98, ptr %v99, i32 8, <8 x i1> %v88)
  %v100 = call <8 x i64> @llvm.fptoui.sat.v8i64.v8f32(<8 x float> %v93)
  %v101 = getelementptr i64, ptr %v9, i64 %v78
  call void @llvm.masked.store.v8i64.p0(<8 x i64> %v100, ptr %v101, i32 8, <8 x i1> %v88)
  %v102 = fcmp une <8 x float> %v90, zeroinitializer
  %v103 = zext <8 x i1> %v102 to <8 x i8>
  %v104 = getelementptr i8, ptr %v11, i64 %v78
  call void @llvm.masked.store.v8i8.p0(<8 x i8> %v103, ptr %v104, i32 1, <8 x i1> %v88)
  %v105 = call <8 x i8> @llvm.fptosi.sat.v8i8.v8f32(<8 x float> %v91)
  %v106 = getelementptr i8, ptr %v13, i64 %v78
  call void @llvm.masked.store.v8i8.p0(<8 x i8> %v105, ptr %v106, i32 1, <8 x i1> %v88)
  %v107 = call <8 x i32> @llvm.fptoui.sat.v8i32.v8f32(<8 x float> %v91)
  %v108 = getelementptr i32, ptr %v15, i64 %v78
  call void @llvm.masked.store.v8i32.p0(<8 x i32> %v107, ptr %v108, i32 4, <8 x i1> %v88)
  %v79 = add nsw i64 %v78, 8
  %v109 = icmp slt i64 %v79, %v26
  br i1 %v109, label %block76, label %block77
block77:
  %v22 = add nsw i64 %v21, 1
  %v110 = icmp slt i64 %v22, %end
  br i1 %v110, label %block19, label %block20
block20:
  ret void
}

declare <8 x float> @llvm.masked.load.v8f32.p0(ptr, i32 immarg, <8 x i1>, <8 x float>)
declare <8 x i32> @llvm.fptosi.sat.v8i32.v8f32(<8 x float>)
declare <8 x i32> @llvm.fptoui.sat.v8i32.v8f32(<8 x float>)
declare <8 x i64> @llvm.fptosi.sat.v8i64.v8f32(<8 x float>)
declare <8 x i64> @llvm.fptoui.sat.v8i64.v8f32(<8 x float>)
declare <8 x i8> @llvm.fptosi.sat.v8i8.v8f32(<8 x float>)
declare <8 x i8> @llvm.fptoui.sat.v8i8.v8f32(<8 x float>)
declare void @llvm.masked.store.v8i32.p0(<8 x i32>, ptr, i32 immarg, <8 x i1>)
declare void @llvm.masked.store.v8i64.p0(<8 x i64>, ptr, i32 immarg, <8 x i1>)
declare void @llvm.masked.store.v8i8.p0(<8 x i8>, ptr, i32 immarg, <8 x i1>)

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
