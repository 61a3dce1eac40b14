# SPDX-License-Identifier: ISC
#
# drill.cmake - the runner of packet scripts, and the scripts
#
#   tern-drill  archive of tools/drill, on the public API alone; part of the
#               tool, and for its own tests and fuzzer; not installed
#
# All of test/script is one test.

file(GLOB drill_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/drill/*.c)

if(drill_sources)
	add_library(tern-drill STATIC ${drill_sources})
	target_include_directories(tern-drill PUBLIC
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
	# Its time goes into the stack, not into itself.
	target_compile_options(tern-drill PRIVATE -O1 -g1)
	list(PREPEND tern_test_libraries tern-drill)
endif()

if(drill_sources AND NOT TERN_FUZZ)
	add_test(NAME script
		COMMAND tern drill -j2 --junit ${PROJECT_BINARY_DIR}/script.xml
			test/script
		WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	set_tests_properties(script PROPERTIES LABELS script TIMEOUT 300)
endif()
