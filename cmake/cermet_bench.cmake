# bench/: the yardstick that the Python benchmarks open, and Google Benchmark executables bench_<name>, linked with the
# shared library as a user's program is.
if(EXISTS ${PROJECT_SOURCE_DIR}/bench/yardstick.cpp)
  add_library(cermet_yardstick MODULE ${PROJECT_SOURCE_DIR}/bench/yardstick.cpp)
  target_link_libraries(cermet_yardstick PRIVATE cermet_flags Threads::Threads)
  # A hand-written loop is compiled for the machine it is compared on.
  target_compile_options(cermet_yardstick PRIVATE -O3 -march=native)
  set_target_properties(cermet_yardstick PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
endif()
find_package(benchmark QUIET)
if(benchmark_FOUND)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/bench_*.cpp)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE cermet cermet_flags benchmark::benchmark benchmark::benchmark_main)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  endforeach()
endif()
