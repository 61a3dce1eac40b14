# SPDX-License-Identifier: ISC
#
# packetdrill.cmake - what lets packetdrill drive the stack
#
#   tern-packetdrill       libtern-packetdrill.so, for --so_filename and
#                          LD_PRELOAD; exports what packetdrill.map lists
#   tern-packetdrill-shim  one program under the names of sysctl, ip and the
#                          others, in a directory for PATH

file(GLOB packetdrill_sources CONFIGURE_DEPENDS
	${PROJECT_SOURCE_DIR}/tools/packetdrill/*.c)

if(packetdrill_sources AND TARGET tern-static AND NOT TERN_FUZZ)
	set(map ${PROJECT_SOURCE_DIR}/cmake/packetdrill.map)
	add_library(tern-packetdrill MODULE ${packetdrill_sources})
	target_include_directories(tern-packetdrill PRIVATE
		${PROJECT_SOURCE_DIR})
	target_link_libraries(tern-packetdrill PRIVATE tern-drill tern-static)
	target_link_options(tern-packetdrill PRIVATE
		-Wl,--version-script=${map} -Wl,--exclude-libs,ALL)
	if(NOT tern_sanitizers)
		target_link_options(tern-packetdrill PRIVATE -Wl,-z,defs)
	endif()
	set_target_properties(tern-packetdrill PROPERTIES LINK_DEPENDS ${map})

	set(shims ${PROJECT_BINARY_DIR}/packetdrill-bin)
	add_executable(tern-packetdrill-shim
		${PROJECT_SOURCE_DIR}/tools/packetdrill/shim/shim.c)
	target_include_directories(tern-packetdrill-shim PRIVATE
		${PROJECT_SOURCE_DIR})
	target_link_libraries(tern-packetdrill-shim PRIVATE tern-drill)
	set_target_properties(tern-packetdrill-shim PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${shims})
	foreach(name sysctl ip tc ss nstat set_sysctls.py)
		add_custom_command(TARGET tern-packetdrill-shim POST_BUILD
			COMMAND ${CMAKE_COMMAND} -E create_symlink
				tern-packetdrill-shim ${shims}/${name})
		list(APPEND shim_links ${shims}/${name})
	endforeach()

	# Its tests load it.
	foreach(test clock calls order control preload)
		if(TARGET unit-packetdrill-${test})
			add_dependencies(unit-packetdrill-${test}
				tern-packetdrill tern-packetdrill-shim)
		endif()
	endforeach()

	set(shim_dir ${CMAKE_INSTALL_LIBEXECDIR}/tern-packetdrill)
	install(TARGETS tern-packetdrill
		LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
	install(TARGETS tern-packetdrill-shim RUNTIME DESTINATION ${shim_dir})
	install(FILES ${shim_links} DESTINATION ${shim_dir})
endif()
