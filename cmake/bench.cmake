# SPDX-License-Identifier: ISC
#
# bench.cmake - what bench/run measures with
#
#   bench-ack, bench-tail, bench-wan
#                 each of bench/NAME/NAME.c, in the simulator
#   bench-tern    tern's answers to the questions of bench/README.md
#   bench-linux   the same questions, asked of the system's own TCP
#   bench-wan-linux
#                 tern and Linux over one emulated path, in real time
#   bench-link    links of tern, and programs without it
#   bench-limit   copying and summing, without any protocol
#
# bench-tern is built with all else, since a test counts its instructions; the
# others only when they are asked for.

if(TARGET tern-sim)
	foreach(name ack tail wan)
		add_executable(bench-${name} EXCLUDE_FROM_ALL
			${PROJECT_SOURCE_DIR}/bench/${name}/${name}.c)
		target_include_directories(bench-${name} PRIVATE
			${PROJECT_SOURCE_DIR})
		target_link_libraries(bench-${name} PRIVATE tern-sim tern-static)
	endforeach()
endif()

function(tern_bench name)
	file(GLOB sources CONFIGURE_DEPENDS
		${PROJECT_SOURCE_DIR}/bench/${name}/*.c)
	add_executable(bench-${name} ${sources}
		${PROJECT_SOURCE_DIR}/bench/both.c
		${PROJECT_SOURCE_DIR}/bench/measure.c)
	target_include_directories(bench-${name} PRIVATE
		${PROJECT_SOURCE_DIR})
endfunction()

if(TARGET tern-static AND NOT TERN_FUZZ)
	tern_bench(tern)
	target_link_libraries(bench-tern PRIVATE tern-static)
endif()

if(TARGET tern-static AND NOT TERN_FUZZ)
	tern_bench(link)
	set(without raw_xdp_absent|raw_uring_absent)
	if(NOT xdp_libraries)
		string(REPLACE raw_xdp_absent raw_xdp without ${without})
	endif()
	if(NOT uring_libraries)
		string(REPLACE raw_uring_absent raw_uring without ${without})
	endif()
	get_target_property(sources bench-link SOURCES)
	list(FILTER sources EXCLUDE REGEX "/(${without})\\.c$")
	set_target_properties(bench-link PROPERTIES SOURCES "${sources}"
		EXCLUDE_FROM_ALL TRUE)
	target_link_libraries(bench-link PRIVATE tern-static)
endif()

if(NOT TERN_FUZZ)
	tern_bench(linux)
	tern_bench(limit)
	set_target_properties(bench-linux bench-limit PROPERTIES
		EXCLUDE_FROM_ALL TRUE)
endif()

if(TARGET tern-static AND NOT TERN_FUZZ)
	file(GLOB wan_linux CONFIGURE_DEPENDS
		${PROJECT_SOURCE_DIR}/bench/wan-linux/*.c)
	add_executable(bench-wan-linux EXCLUDE_FROM_ALL ${wan_linux})
	target_link_libraries(bench-wan-linux PRIVATE tern-static)
endif()
