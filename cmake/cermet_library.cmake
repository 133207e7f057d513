# The shared library (target cermet, exported as cermet::cermet): every layer's objects, and its CMake package.
include(CMakePackageConfigHelpers)

file(WRITE ${CMAKE_BINARY_DIR}/cermet_version.cpp
     "namespace cermet {\nextern const char* const library_version;\n"
     "const char* const library_version = \"${PROJECT_VERSION}\";\n}\n")
add_library(cermet SHARED ${CMAKE_BINARY_DIR}/cermet_version.cpp)
add_library(cermet::cermet ALIAS cermet)
get_property(cermet_external GLOBAL PROPERTY CERMET_EXTERNAL)
foreach(layer IN LISTS CERMET_LAYERS)
  get_target_property(kind cermet_${layer} TYPE)
  if(kind STREQUAL "STATIC_LIBRARY")
    target_sources(cermet PRIVATE $<TARGET_OBJECTS:cermet_${layer}>)
  endif()
endforeach()
target_link_libraries(cermet PRIVATE "$<BUILD_INTERFACE:${cermet_external}>")
target_compile_features(cermet PUBLIC cxx_std_20)
target_link_libraries(cermet PUBLIC fmt::fmt PRIVATE $<BUILD_INTERFACE:cermet_flags>)
target_include_directories(cermet PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                           $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_options(cermet PRIVATE -Wl,-Bsymbolic-functions
                    -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/exports.map)
if(NOT CERMET_SANITIZE)  # the sanitizers' runtimes are in the executable
  target_link_options(cermet PRIVATE -Wl,--no-undefined)
endif()
set_target_properties(cermet PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/exports.map)

if(SKBUILD)
  return()  # a wheel holds the library beside the extension (cermet_python.cmake), no links and no C++ package
endif()
set_target_properties(cermet PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
install(TARGETS cermet EXPORT cermet_targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT cermet_targets FILE cermetTargets.cmake NAMESPACE cermet::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cermet)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/cermetConfig.cmake.in ${CMAKE_BINARY_DIR}/cermetConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cermet)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/cermetConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/cermetConfig.cmake ${CMAKE_BINARY_DIR}/cermetConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cermet)
# Public headers and the internal ones that they reach, the latter under cermet/detail/ with their includes rewritten.
install(CODE "set(source_dir \"${PROJECT_SOURCE_DIR}\")\nset(include_dir \"${CMAKE_INSTALL_INCLUDEDIR}\")")
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_headers.cmake)
