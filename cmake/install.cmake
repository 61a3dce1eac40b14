# SPDX-License-Identifier: ISC
#
# install.cmake - what `make install` puts where
#
#	tern::tern	libtern.so
#	tern::static	libtern.a
#
# tern.pc and the package files find the rest by where they stand themselves,
# so that an installed tree may be moved.

include(CMakePackageConfigHelpers)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tern
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)

foreach(target tern-shared tern-static)
	if(TARGET ${target})
		install(TARGETS ${target} EXPORT tern-targets
			ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
			LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
		set(exported TRUE)
	endif()
endforeach()

if(TARGET tern)
	install(TARGETS tern RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

foreach(section 1 3 5 7)
	file(GLOB pages CONFIGURE_DEPENDS
		${PROJECT_SOURCE_DIR}/doc/man/*.${section})
	install(FILES ${pages}
		DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tern)
if(exported)
	install(EXPORT tern-targets NAMESPACE tern::
		DESTINATION ${package_dir})
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/tern-config.cmake.in
	${PROJECT_BINARY_DIR}/tern-config.cmake @ONLY)
write_basic_package_version_file(
	${PROJECT_BINARY_DIR}/tern-config-version.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tern-config.cmake
	${PROJECT_BINARY_DIR}/tern-config-version.cmake
	DESTINATION ${package_dir})

# From the directory of tern.pc up to the prefix.
file(RELATIVE_PATH pc_to_prefix
	/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
list(TRANSFORM links_libraries PREPEND " -l" OUTPUT_VARIABLE links_flags)
string(JOIN "" links_flags ${links_flags})
configure_file(${PROJECT_SOURCE_DIR}/cmake/tern.pc.in
	${PROJECT_BINARY_DIR}/tern.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tern.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
