# Compiles through ccache where it is installed. The settings make precompiled headers cacheable and let build folders
# share entries: paths inside the build folder are made relative, the sources' stay absolute.
find_program(CERMET_CCACHE ccache)
mark_as_advanced(CERMET_CCACHE)
if(CERMET_CCACHE AND (NOT CMAKE_CXX_COMPILER_LAUNCHER OR CMAKE_CXX_COMPILER_LAUNCHER STREQUAL "ccache"))
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
      "CCACHE_BASEDIR=${CMAKE_BINARY_DIR}" CCACHE_NOHASHDIR=1 ${CERMET_CCACHE})
endif()
