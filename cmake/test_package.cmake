# Installs the build into a temporary prefix, then builds and runs examples/cpp against nothing but that prefix.
# cmake -D build=... -D source=... -D work=... -D compiler=... -P test_package.cmake
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${work})
run(${CMAKE_COMMAND} --install ${build} --prefix ${work}/prefix)
run(${CMAKE_COMMAND} -S ${source}/examples/cpp -B ${work}/build -G Ninja -DCMAKE_BUILD_TYPE=Release
    -DCMAKE_PREFIX_PATH=${work}/prefix -DCMAKE_CXX_COMPILER=${compiler})
run(${CMAKE_COMMAND} --build ${work}/build)
foreach(example gelu training)
  run(${work}/build/${example})
  message("${output}")
endforeach()
file(REMOVE_RECURSE ${work})
