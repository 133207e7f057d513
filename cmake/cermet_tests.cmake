# One GoogleTest executable test_<layer> a folder of tests/ that has sources, linked with that layer and those below it.
find_package(GTest REQUIRED)
include(GoogleTest)

foreach(layer IN LISTS CERMET_LAYERS)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${layer}/*.cpp)
  if(NOT sources)
    continue()
  endif()
  add_executable(test_${layer} ${sources})
  cermet_configure(test_${layer})
  target_link_libraries(test_${layer} PRIVATE cermet_${layer} GTest::gmock GTest::gtest GTest::gtest_main Threads::Threads)
  target_include_directories(test_${layer} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(test_${layer} PRIVATE CERMET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(test_${layer} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX ${layer}: PROPERTIES
                       LABELS ${layer} TIMEOUT 300 ENVIRONMENT "CERMET_CACHE_DIR=${CMAKE_BINARY_DIR}/test_cache")
endforeach()

find_program(CERMET_PYTHON3 python3)
add_test(NAME layers COMMAND ${CERMET_PYTHON3} ${PROJECT_SOURCE_DIR}/tools/check_layers.py)
add_test(NAME settings_page COMMAND ${CERMET_PYTHON3} ${PROJECT_SOURCE_DIR}/tools/make_settings_page.py --check)
set_tests_properties(layers settings_page PROPERTIES LABELS repository)

if(TARGET cermet_opt)
  add_test(NAME ir_page COMMAND ${CERMET_PYTHON3} ${PROJECT_SOURCE_DIR}/tools/check_ir_page.py $<TARGET_FILE:cermet_opt>)
  add_test(NAME cermet_opt COMMAND cermet_opt --target x86-64-v4 optimise lower legalize llvm
           ${PROJECT_SOURCE_DIR}/tests/lower/golden/softmax.input.ir)
  set_tests_properties(cermet_opt PROPERTIES PASS_REGULAR_EXPRESSION "define [^\n]*\n.*<16 x float>")
  set_tests_properties(ir_page cermet_opt PROPERTIES LABELS repository)
endif()

if(EXISTS ${PROJECT_SOURCE_DIR}/examples/cpp AND NOT CERMET_SANITIZE)
  add_test(NAME package COMMAND ${CMAKE_COMMAND} -D build=${CMAKE_BINARY_DIR} -D source=${PROJECT_SOURCE_DIR}
           -D work=${CMAKE_BINARY_DIR}/test_package -D compiler=${CMAKE_CXX_COMPILER}
           -P ${CMAKE_CURRENT_LIST_DIR}/test_package.cmake)
  set_tests_properties(package PROPERTIES LABELS repository TIMEOUT 300
                       ENVIRONMENT "CERMET_CACHE_DIR=${CMAKE_BINARY_DIR}/test_cache")
endif()
