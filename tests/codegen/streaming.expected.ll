define void @kernel(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) #0 {
entry:
  %v0 = getelementptr ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0
  %v2 = getelementptr ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2
  %v4 = icmp slt i64 %begin, %end
  br i1 %v4, label %block5, label %block6
block5:
  %v7 = phi i64 [ %begin, %entry ], [ %v8, %block13 ]
  %v9 = mul i64 %v7, 4096
  %v10 = add i64 %v9, 4096
  %v11 = icmp slt i64 %v9, %v10
  br i1 %v11, label %block12, label %block13
block12:
  %v14 = phi i64 [ %v9, %block5 ], [ %v15, %block12 ]
  %v16 = getelementptr float, ptr %v1, i64 %v14
  %v17 = load <16 x float>, ptr %v16, align 64
  %v18 = call <16 x float> @llvm.sqrt.v16f32(<16 x float> %v17)
  %v19 = getelementptr float, ptr %v3, i64 %v14
  store <16 x float> %v18, ptr %v19, align 64, !nontemporal !0
  %v20 = getelementptr float, ptr %v16, i64 16
  %v21 = load <16 x float>, ptr %v20, align 64
  %v22 = call <16 x float> @llvm.sqrt.v16f32(<16 x float> %v21)
  %v23 = getelementptr float, ptr %v19, i64 16
  store <16 x float> %v22, ptr %v23, align 64, !nontemporal !0
  %v24 = getelementptr float, ptr %v16, i64 32
  %v25 = load <16 x float>, ptr %v24, align 64
  %v26 = call <16 x float> @llvm.sqrt.v16f32(<16 x float> %v25)
  %v27 = getelementptr float, ptr %v19, i64 32
  store <16 x float> %v26, ptr %v27, align 64, !nontemporal !0
  %v28 = getelementptr float, ptr %v16, i64 48
  %v29 = load <16 x float>, ptr %v28, align 64
  %v30 = call <16 x float> @llvm.sqrt.v16f32(<16 x float> %v29)
  %v31 = getelementptr float, ptr %v19, i64 48
  store <16 x float> %v30, ptr %v31, align 64, !nontemporal !0
  %v15 = add nsw i64 %v14, 64
  %v32 = icmp slt i64 %v15, %v10
  br i1 %v32, label %block12, label %block13
block13:
  %v8 = add nsw i64 %v7, 1
  %v33 = icmp slt i64 %v8, %end
  br i1 %v33, label %block5, label %block6
block6:
  call void @llvm.x86.sse.sfence()
  ret void
}

declare <16 x float> @llvm.sqrt.v16f32(<16 x float>)
declare void @llvm.x86.sse.sfence()

attributes #0 = { nounwind "target-cpu"="x86-64-v4" "target-features"="+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" "prefer-vector-width"="512" }
!0 = !{i32 1}
