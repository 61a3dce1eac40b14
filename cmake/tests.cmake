# SPDX-License-Identifier: ISC
#
# tests.cmake - every test, with the label that selects it; see test/README.md
#
#   unit     test/unit/**/*_test.c   one module, its internals in reach
#   sim      test/sim/*_test.c       whole stacks in virtual time
#   slow     test/slow/*_test.c      as sim, but for `make check-all` only
#   tool     test/tool/*_test.sh     build/tern as its user sees it
#   example  examples/*.c            must build, run and exit 0
#   fuzz     test/fuzz/*_fuzz.c      the kept corpus, replayed
#   house    test/house/*_test.sh    the rules of the house
#
# A test exits 0 if it passed and 77 if it cannot run here.

set(test_root ${PROJECT_SOURCE_DIR}/test)

function(tern_test_properties name label)
	set(timeout 60)
	if(label STREQUAL "slow") # quoted: there is a variable of that name
		set(timeout 600)
	elseif(tern_sanitizers)
		set(timeout 300)
	elseif(label STREQUAL "tool") # some run the program a thousand times
		set(timeout 180)
	endif()
	set_tests_properties(${name} PROPERTIES
		LABELS ${label} TIMEOUT ${timeout} SKIP_RETURN_CODE 77)
endfunction()

# Names a target after its file: test/unit/wire/ip4_test.c is unit-wire-ip4.
function(tern_test_name source suffix out)
	file(RELATIVE_PATH name ${test_root} ${source})
	string(REGEX REPLACE "${suffix}$" "" name ${name})
	string(REPLACE / - name ${name})
	set(${out} ${name} PARENT_SCOPE)
endfunction()

function(tern_c_test source label)
	tern_test_name(${source} _test\\.c name)
	add_executable(${name} ${source})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test)
	# What takes time is in the libraries; a test is compiled fast instead.
	target_compile_options(${name} PRIVATE -O0 -g1)
	# Nor does each of two hundred carry 3 MB of what debuggers know of those
	# libraries, which is half of the time it takes to link; with
	# -DCMAKE_BUILD_TYPE=Debug it does.
	if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT tern_sanitizers)
		target_link_options(${name} PRIVATE -Wl,-S)
	endif()
	target_include_directories(${name} PRIVATE
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src
		${PROJECT_SOURCE_DIR} ${test_root})
	target_link_libraries(${name} PRIVATE ${tern_test_libraries} cmocka m
		Threads::Threads)
	add_test(NAME ${name} COMMAND ${name}
		WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	tern_test_properties(${name} ${label})
endfunction()

function(tern_shell_test source label)
	tern_test_name(${source} _test\\.sh name)
	add_test(NAME ${name} COMMAND sh ${source}
		WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	tern_test_properties(${name} ${label})
	set_tests_properties(${name} PROPERTIES ENVIRONMENT
"BUILD=${PROJECT_BINARY_DIR};CC=${CMAKE_C_COMPILER};SAN=${tern_sanitizers}")
endfunction()

if(NOT TERN_FUZZ)
	file(GLOB_RECURSE unit CONFIGURE_DEPENDS ${test_root}/unit/*_test.c)
	file(GLOB sim CONFIGURE_DEPENDS ${test_root}/sim/*_test.c)
	file(GLOB slow CONFIGURE_DEPENDS ${test_root}/slow/*_test.c)
	file(GLOB tool CONFIGURE_DEPENDS ${test_root}/tool/*_test.sh)
	file(GLOB house CONFIGURE_DEPENDS ${test_root}/house/*_test.sh)
	file(GLOB examples CONFIGURE_DEPENDS
		${PROJECT_SOURCE_DIR}/examples/*.c)
endif()

foreach(label unit sim slow)
	foreach(source ${${label}})
		tern_c_test(${source} ${label})
	endforeach()
endforeach()

foreach(label tool house)
	foreach(source ${${label}})
		tern_shell_test(${source} ${label})
	endforeach()
endforeach()

# An example that must be given something to talk to has a script of the same
# name beside it, which is run with the program as its argument.
foreach(source ${examples})
	get_filename_component(name ${source} NAME_WE)
	set(target example-${name})
	add_executable(${target} ${source})
	set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name}
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
	target_link_libraries(${target} PRIVATE tern-static)
	set(script ${PROJECT_SOURCE_DIR}/examples/${name}.sh)
	if(EXISTS ${script})
		add_test(NAME ${target} COMMAND sh ${script}
			$<TARGET_FILE:${target}>)
	else()
		add_test(NAME ${target} COMMAND ${target})
	endif()
	tern_test_properties(${target} example)
endforeach()

# With libFuzzer a target searches; without, replay.c hands it what was kept.
file(GLOB fuzz CONFIGURE_DEPENDS ${test_root}/fuzz/*_fuzz.c)
foreach(source ${fuzz})
	get_filename_component(name ${source} NAME_WE)
	string(REGEX REPLACE _fuzz$ "" name ${name})
	set(target fuzz-${name})
	add_executable(${target} ${source})
	set_target_properties(${target} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
	target_include_directories(${target} PRIVATE
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src
		${PROJECT_SOURCE_DIR} ${test_root})
	target_link_libraries(${target} PRIVATE ${tern_test_libraries}
		Threads::Threads)
	if(TERN_FUZZ)
		target_link_options(${target} PRIVATE -fsanitize=fuzzer)
	else()
		target_sources(${target} PRIVATE ${test_root}/fuzz/replay.c)
		add_test(NAME ${target} COMMAND ${target}
			${test_root}/fuzz/corpus/${name})
		tern_test_properties(${target} fuzz)
	endif()
endforeach()
