# The prebuilt kernels: target prebuilt makes libcermet.kernels beside the library. They belong to one build of it, so
# that every relink makes the file stale (and harmless: its keys no longer match). A development build therefore makes
# it on demand (make build: where there is none; make bench and demo: always), a wheel as a part of the build.
add_executable(cermet_prebuild ${PROJECT_SOURCE_DIR}/tools/prebuild/main.cpp)
target_link_libraries(cermet_prebuild PRIVATE cermet cermet_flags)
set_target_properties(cermet_prebuild PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin EXCLUDE_FROM_ALL TRUE)

set(cermet_kernels ${CMAKE_BINARY_DIR}/libcermet.kernels)
add_custom_command(OUTPUT ${cermet_kernels} COMMAND cermet_prebuild ${cermet_kernels}
                   DEPENDS cermet_prebuild $<TARGET_FILE:cermet> VERBATIM COMMENT "Prebuilding kernels")
if(SKBUILD)
  add_custom_target(prebuilt ALL DEPENDS ${cermet_kernels})
  install(FILES ${cermet_kernels} DESTINATION cermet)
else()
  add_custom_target(prebuilt DEPENDS ${cermet_kernels})
  install(FILES ${cermet_kernels} DESTINATION ${CMAKE_INSTALL_LIBDIR} OPTIONAL)
endif()
