# SPDX-License-Identifier: ISC
#
# flags.cmake - what every object is compiled with
#
# Assertions stay on in every build type: an invariant that does not hold must
# stop a release build too, so NDEBUG is never defined.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
	set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# Lines and names of functions; variables, with -DCMAKE_BUILD_TYPE=Debug, cost a
# fifth of the time that a build takes.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O3 -g1")
set(CMAKE_C_FLAGS_RELEASE "-O3")

set_property(GLOBAL PROPERTY TARGET_MESSAGES OFF)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wswitch-enum
	-Wstrict-prototypes -Wmissing-prototypes -Wvla -Wcast-qual)
if(TERN_WERROR)
	add_compile_options(-Werror)
endif()

# Empty rather than 1, so that a file that defines it too does not warn.
add_compile_definitions(_GNU_SOURCE=)

# One section a function: a program that links libtern.a with --gc-sections
# carries only what it calls, although the archive is a single object.
add_compile_options(-ffunction-sections -fdata-sections)

set(tern_sanitizers ${TERN_SAN})
if(TERN_FUZZ)
	if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
		message(FATAL_ERROR "TERN_FUZZ needs clang: set CC=clang")
	endif()
	if(NOT tern_sanitizers)
		set(tern_sanitizers address,undefined)
	endif()
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(tern_sanitizers)
	add_compile_options(-fsanitize=${tern_sanitizers}
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${tern_sanitizers})
endif()

# A segment passes through some fifty small functions, most of which have one or
# two callers.  To inline more of them makes the library a third longer, and a
# connection 6% cheaper; to inline nearly all of them where each segment comes
# by makes it a tenth longer, and a connection 3% cheaper.  What users call is
# called inside too, and nobody else's function takes its place there.
set(tern_inline -fno-semantic-interposition
	--param=max-inline-insns-auto=80 --param=inline-min-speedup=8
	--param=large-function-growth=400 --param=inline-unit-growth=100)
set(tern_inline_hot --param=max-inline-insns-auto=200
	--param=max-inline-insns-single=400 --param=inline-min-speedup=2
	--param=large-function-growth=2000 --param=inline-unit-growth=300
	--param=large-stack-frame-growth=4000)
set(tern_hot tcp/input tcp/ack tcp/life tcp/output tcp/emit
	sock/epoll sock/poll)

# The libraries are optimised as a whole where GCC can do that in a partial
# link (library.cmake).  The objects hold plain code too, which the tests link.
option(TERN_LTO "optimise the libraries as a whole (GCC)" ON)
set(tern_lto)
set(tern_lto_hot)
if(TERN_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT tern_sanitizers)
	set(tern_lto -flto=auto -ffat-lto-objects ${tern_inline})
	set(tern_lto_hot ${tern_inline_hot})
	add_link_options(-fno-lto)
endif()

# Tuned by a profile of its own work, scripts/tune: `record` makes programs that
# write one, a directory of what was written is compiled by.  What a copy is
# long is for the C library to find out: bulk data is not as short as most are.
set(TERN_PROFILE "" CACHE STRING
	"record, or the directory of a profile that was recorded (GCC)")
if(TERN_PROFILE AND NOT tern_lto)
	message(FATAL_ERROR "TERN_PROFILE needs GCC, TERN_LTO and no sanitizer")
endif()
set(tern_profile)
if(TERN_PROFILE STREQUAL record)
	set(tern_profile -fprofile-generate=${PROJECT_BINARY_DIR}/profile
		-fprofile-update=single)
	add_link_options(-fprofile-generate)
elseif(TERN_PROFILE)
	set(tern_profile -fprofile-use=${TERN_PROFILE}
		-fprofile-correction -Wno-missing-profile
		-mstringop-strategy=libcall)
endif()
if(TERN_PROFILE)
	list(APPEND tern_profile
		-fprofile-prefix-path=${PROJECT_BINARY_DIR})
	list(APPEND tern_lto ${tern_profile})
endif()
