# cermet_flags: what every translation unit of the project is compiled with; cermet_pch: its precompiled header.
add_library(cermet_flags INTERFACE)
target_compile_features(cermet_flags INTERFACE cxx_std_20)
# Exact float semantics are the law (DESIGN section 1): no contraction, no fast-math, in host code either.
target_compile_options(cermet_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Werror -ffp-contract=off -fPIC
                       -fno-semantic-interposition -fvisibility-inlines-hidden)
# g++ 12 sees overlaps and overflows in inlined std::string code that are not there (GCC bug 105651), and takes
# designated initialisers that leave members to their defaults for mistakes.
target_compile_options(cermet_flags INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
                       -Wno-missing-field-initializers)
# The build id is part of the keys of the cache on disk (runtime/build_identity.h).
target_link_options(cermet_flags INTERFACE -Wl,--build-id)
target_compile_definitions(cermet_flags INTERFACE $<$<CONFIG:Debug>:CERMET_DEBUG=1>)
if(CERMET_SANITIZE)
  target_compile_options(cermet_flags INTERFACE -fsanitize=${CERMET_SANITIZE} -fno-omit-frame-pointer
                         -Wno-error)  # instrumented code confuses g++'s flow warnings
  target_link_options(cermet_flags INTERFACE -fsanitize=${CERMET_SANITIZE})
  # Under -fsanitize=undefined, g++ does not take "this function is not null" for a constant expression.
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ops/row.cpp PROPERTIES COMPILE_DEFINITIONS CERMET_SANITIZED=1)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_EXTENSIONS OFF)

set(cermet_pch_headers
    <algorithm> <array> <atomic> <bit> <bitset> <cmath> <complex> <cstdint> <cstring> <functional> <limits> <memory>
    <mutex> <optional> <set> <map> <span> <string> <string_view> <tuple> <type_traits> <unordered_map> <utility>
    <variant> <vector> <fmt/format.h>)

# Gives `target` the flags and the one precompiled header that all targets share.
function(cermet_configure target)
  target_link_libraries(${target} PRIVATE cermet_flags)
  if(CERMET_PCH)
    if(NOT TARGET cermet_pch)
      file(WRITE ${CMAKE_BINARY_DIR}/cermet_pch.cpp "// Carries the precompiled header.\n")
      add_library(cermet_pch OBJECT ${CMAKE_BINARY_DIR}/cermet_pch.cpp)
      target_link_libraries(cermet_pch PRIVATE cermet_flags fmt::fmt)
      target_compile_options(cermet_pch PRIVATE -fpch-preprocess)
      target_precompile_headers(cermet_pch PRIVATE ${cermet_pch_headers})
    endif()
    target_compile_options(${target} PRIVATE -fpch-preprocess)
    target_precompile_headers(${target} REUSE_FROM cermet_pch)
  endif()
endfunction()
