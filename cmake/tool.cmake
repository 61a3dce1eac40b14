# SPDX-License-Identifier: ISC
#
# tool.cmake - the command line tool, build/tern

file(GLOB tool_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/tern/*.c)

if(tool_sources AND TARGET tern-static)
	find_package(PkgConfig REQUIRED)
	pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
	find_library(http_parser_library http_parser REQUIRED)

	add_executable(tern ${tool_sources})
	target_compile_definitions(tern PRIVATE
		TERN_VERSION="${PROJECT_VERSION}")
	target_include_directories(tern PRIVATE ${PROJECT_SOURCE_DIR})
	if(TARGET tern-sim)
		target_link_libraries(tern PRIVATE tern-sim)
	endif()
	if(TARGET tern-drill)
		target_link_libraries(tern PRIVATE tern-drill)
	endif()
	target_link_libraries(tern PRIVATE tern-static PkgConfig::jansson
		${http_parser_library})
endif()
