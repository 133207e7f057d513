# The extension module cermet._core, and build/<preset>/python: a package tree whose pure Python files are links into
# python/cermet, so that PYTHONPATH=build/<preset>/python is all that development needs.
file(GLOB_RECURSE cermet_python_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/src/*.cpp)
if(NOT cermet_python_sources)
  return()
endif()
if(NOT Python_EXECUTABLE AND EXISTS ${PROJECT_SOURCE_DIR}/.venv/bin/python)
  set(Python_EXECUTABLE ${PROJECT_SOURCE_DIR}/.venv/bin/python CACHE FILEPATH "The Python to build for")
endif()
find_package(Python 3.9 COMPONENTS Interpreter Development.Module)
if(NOT Python_FOUND)
  message(STATUS "Python's development files not found: the extension is not built")
  return()
endif()
execute_process(COMMAND ${Python_EXECUTABLE} -m nanobind --cmake_dir OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                OUTPUT_VARIABLE nanobind_ROOT)
find_package(nanobind CONFIG QUIET)
if(NOT nanobind_FOUND)
  message(STATUS "nanobind not found (${Python_EXECUTABLE}): the extension is not built")
  return()
endif()

nanobind_add_module(_core NB_STATIC NOMINSIZE ${cermet_python_sources})
target_link_libraries(_core PRIVATE cermet cermet_flags nlohmann_json::nlohmann_json)
target_include_directories(_core SYSTEM PRIVATE ${Python_INCLUDE_DIRS} ${NB_DIR}/include)  # their warnings are theirs
set(cermet_package_dir ${CMAKE_BINARY_DIR}/python/cermet)
set_target_properties(_core PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${cermet_package_dir} INSTALL_RPATH "$ORIGIN")

file(GLOB_RECURSE files RELATIVE ${PROJECT_SOURCE_DIR}/python/cermet CONFIGURE_DEPENDS
     ${PROJECT_SOURCE_DIR}/python/cermet/*.py ${PROJECT_SOURCE_DIR}/python/cermet/*.pyi
     ${PROJECT_SOURCE_DIR}/python/cermet/py.typed)
foreach(file IN LISTS files)
  get_filename_component(folder ${cermet_package_dir}/${file} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/python/cermet/${file} ${cermet_package_dir}/${file} SYMBOLIC)
endforeach()

if(SKBUILD)
  install(TARGETS _core cermet LIBRARY DESTINATION cermet)
endif()
