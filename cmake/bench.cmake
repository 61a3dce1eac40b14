# SPDX-License-Identifier: ISC
#
# bench.cmake - what bench/run measures with: build/bench-NAME is made of
# bench/NAME/NAME.c

if(TARGET tern-sim)
	foreach(name ack tail wan)
		add_executable(bench-${name} EXCLUDE_FROM_ALL
			${PROJECT_SOURCE_DIR}/bench/${name}/${name}.c)
		target_include_directories(bench-${name} PRIVATE
			${PROJECT_SOURCE_DIR})
		target_link_libraries(bench-${name} PRIVATE tern-sim tern-static)
	endforeach()
endif()
