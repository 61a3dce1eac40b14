# SPDX-License-Identifier: ISC
#
# library.cmake - the libraries
#
#   tern-core      objects of src/: the pure core
#   tern-internal  archive of the same, every symbol visible: for unit tests
#   tern-links     archive of links/, for the tests
#   tern-static    libtern.a: core and links, only TERN_API symbols global
#   tern-shared    libtern.so: the same, as a shared object
#   tern-sim       the simulator, on the public API alone; not installed
#
# Hidden visibility means nothing to a static archive: a program with a
# tcp_input() of its own would silently be bound to the wrong one.  So libtern.a
# holds one object, made with ld -r, whose hidden symbols objcopy makes local.

file(GLOB_RECURSE core_sources CONFIGURE_DEPENDS
	${PROJECT_SOURCE_DIR}/src/*.c)
file(GLOB links_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/links/*.c)
option(TERN_XDP "AF_XDP links, if libxdp and libbpf are found" ON)
set(xdp_libraries)
if(TERN_XDP)
	include(CheckSymbolExists)
	set(CMAKE_REQUIRED_LIBRARIES xdp bpf)
	check_symbol_exists(xsk_socket__create xdp/xsk.h have_xsk)
	check_symbol_exists(libbpf_set_print bpf/libbpf.h have_bpf)
	unset(CMAKE_REQUIRED_LIBRARIES)
endif()
if(TERN_XDP AND have_xsk AND have_bpf)
	set(xdp_libraries xdp bpf)
	list(FILTER links_sources EXCLUDE REGEX /xdp_absent\\.c$)
else()
	message(STATUS "without AF_XDP: libxdp-dev and libbpf-dev are needed")
	list(FILTER links_sources EXCLUDE REGEX /xdp\\.c$)
	list(FILTER links_sources EXCLUDE REGEX /xdp_open\\.c$)
endif()

option(TERN_URING "bursts through io_uring, if liburing is found" ON)
set(uring_libraries)
if(TERN_URING)
	include(CheckSymbolExists)
	set(CMAKE_REQUIRED_LIBRARIES uring)
	check_symbol_exists(io_uring_queue_init liburing.h have_uring)
	unset(CMAKE_REQUIRED_LIBRARIES)
endif()
if(TERN_URING AND have_uring)
	set(uring_libraries uring)
	list(FILTER links_sources EXCLUDE REGEX /ring_absent\\.c$)
else()
	message(STATUS "without io_uring: liburing-dev is needed")
	list(FILTER links_sources EXCLUDE REGEX /ring\\.c$)
endif()
set(links_libraries ${xdp_libraries} ${uring_libraries})

file(GLOB sim_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sim/*.c)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# What the tests link, in the order the linker needs.
set(tern_test_libraries)

if(core_sources)
	add_library(tern-core OBJECT ${core_sources})
	target_include_directories(tern-core PRIVATE
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
	target_compile_options(tern-core PRIVATE ${tern_lto})
	list(TRANSFORM tern_hot PREPEND ${PROJECT_SOURCE_DIR}/src/)
	list(TRANSFORM tern_hot APPEND .c)
	set_source_files_properties(${tern_hot} PROPERTIES
		COMPILE_OPTIONS "${tern_lto_hot}")
	list(APPEND tern_objects $<TARGET_OBJECTS:tern-core>)
	list(APPEND tern_object_targets tern-core)

	add_library(tern-internal STATIC $<TARGET_OBJECTS:tern-core>)
	list(PREPEND tern_test_libraries tern-internal)
endif()

if(links_sources)
	add_library(tern-links-objects OBJECT ${links_sources})
	target_include_directories(tern-links-objects PRIVATE
		${PROJECT_SOURCE_DIR}/include)
	target_compile_options(tern-links-objects PRIVATE ${tern_lto})
	list(APPEND tern_objects $<TARGET_OBJECTS:tern-links-objects>)
	list(APPEND tern_object_targets tern-links-objects)

	add_library(tern-links STATIC $<TARGET_OBJECTS:tern-links-objects>)
	target_link_libraries(tern-links PUBLIC ${links_libraries})
	list(PREPEND tern_test_libraries tern-links)
endif()

if(sim_sources)
	add_library(tern-sim STATIC ${sim_sources})
	target_include_directories(tern-sim PUBLIC
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
	list(PREPEND tern_test_libraries tern-sim)
endif()

if(core_sources)
	set(whole ${PROJECT_BINARY_DIR}/tern.o)
	set(shared ${PROJECT_BINARY_DIR}/tern-shared.o)
	set(merge ${CMAKE_LINKER} -r)
	if(tern_lto)
		set(merge ${CMAKE_C_COMPILER} -r -nostdlib -O3 -fPIC
			-flto=auto -flinker-output=nolto-rel
			-ffunction-sections -fdata-sections
			${tern_inline} ${tern_profile})
	endif()
	add_custom_command(OUTPUT ${whole} ${shared}
		COMMAND ${merge} -o ${shared} ${tern_objects}
		COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${shared} ${whole}
		DEPENDS ${tern_objects}
		COMMENT "Linking tern.o, internal symbols made local"
		COMMAND_EXPAND_LISTS VERBATIM)

	add_library(tern-static STATIC ${whole})
	add_dependencies(tern-static ${tern_object_targets})
	set_source_files_properties(${whole} ${shared} PROPERTIES
		EXTERNAL_OBJECT TRUE GENERATED TRUE)
	set_target_properties(tern-static PROPERTIES
		LINKER_LANGUAGE C OUTPUT_NAME tern EXPORT_NAME static)

	add_library(tern-shared SHARED ${shared})
	add_dependencies(tern-shared tern-static)
	set_target_properties(tern-shared PROPERTIES
		LINKER_LANGUAGE C OUTPUT_NAME tern EXPORT_NAME tern
		VERSION ${PROJECT_VERSION} SOVERSION 0)
	if(NOT tern_sanitizers)
		target_link_options(tern-shared PRIVATE -Wl,-z,defs)
	endif()

	foreach(library tern-static tern-shared)
		target_include_directories(${library} PUBLIC
			$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
			$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
		target_link_libraries(${library} PUBLIC Threads::Threads
			${links_libraries})
	endforeach()
endif()
