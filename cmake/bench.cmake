# SPDX-License-Identifier: ISC
#
# bench.cmake - what bench/run measures with: build/bench-wan

if(TARGET tern-sim)
	add_executable(bench-wan EXCLUDE_FROM_ALL
		${PROJECT_SOURCE_DIR}/bench/wan/wan.c)
	target_include_directories(bench-wan PRIVATE ${PROJECT_SOURCE_DIR})
	target_link_libraries(bench-wan PRIVATE tern-sim tern-static)
endif()
