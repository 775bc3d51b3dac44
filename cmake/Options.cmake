# SPDX-License-Identifier: GPL-3.0-or-later
# Build options, warnings, hardening and sanitizers: everything is on the target rezone_flags.
include(CheckIPOSupported)
include(CheckCCompilerFlag)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(RZ_TESTS "Build the unit tests (needs Criterion)" OFF)
option(RZ_TEST_TOOLS "Build what the integration tests load into the program" OFF)
option(RZ_FUZZ "Build the fuzz targets (needs clang with libFuzzer)" OFF)
option(RZ_WERROR "Treat warnings as errors" ON)
option(RZ_FAULT_POINTS "Compile in the fault points of the crash tests" OFF)
option(RZ_COVERAGE "Instrument for gcov" OFF)
option(RZ_LIBRARY "Install the static library, its headers and rezone.pc too" OFF)
option(RZ_STATIC "Link those libraries statically that come as archives and need no others" OFF)
set(RZ_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

find_program(RZ_CCACHE ccache)
if(RZ_CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER ${RZ_CCACHE})
endif()

add_library(rezone_flags INTERFACE)
target_compile_definitions(rezone_flags INTERFACE _GNU_SOURCE)
target_compile_options(rezone_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
    -Wwrite-strings -Wundef -Wpointer-arith -Wimplicit-fallthrough -Wcast-qual
    -fstack-protector-strong)
target_link_options(rezone_flags INTERFACE -pie -Wl,-z,relro,-z,now)
# The same octets wherever it is built: no path of the machine in them, also not by __FILE__.
target_compile_options(rezone_flags INTERFACE
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=./build)
# What is compiled at link time has a directory of its own to forget.
target_link_options(rezone_flags INTERFACE
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=./build)
check_c_compiler_flag(-fcf-protection RZ_HAS_CF_PROTECTION)
if(RZ_HAS_CF_PROTECTION)
    target_compile_options(rezone_flags INTERFACE -fcf-protection)
endif()
if(RZ_WERROR)
    target_compile_options(rezone_flags INTERFACE -Werror)
endif()
if(RZ_FAULT_POINTS)
    target_compile_definitions(rezone_flags INTERFACE RZ_FAULT_POINTS)
endif()
if(RZ_SANITIZE)
    target_compile_options(rezone_flags INTERFACE
        -fsanitize=${RZ_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(rezone_flags INTERFACE -fsanitize=${RZ_SANITIZE})
endif()
if(RZ_COVERAGE)
    target_compile_options(rezone_flags INTERFACE --coverage)
    target_link_options(rezone_flags INTERFACE --coverage)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    # Distributions may set a level of their own; ours must be the only definition.
    target_compile_options(rezone_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    check_ipo_supported(RESULT RZ_HAS_IPO OUTPUT RZ_IPO_OUTPUT LANGUAGES C)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${RZ_HAS_IPO})
    check_c_compiler_flag(-ffat-lto-objects RZ_HAS_FAT_OBJECTS)
    if((RZ_LIBRARY OR RZ_TESTS) AND RZ_HAS_IPO AND RZ_HAS_FAT_OBJECTS)
        # Archives that others link must not need this very compiler, and a hundred unit tests must not
        # each optimise the whole program again.
        target_compile_options(rezone_flags INTERFACE -ffat-lto-objects)
    endif()
endif()

# A tagged checkout names its version; anything else is the project's.
set(RZ_VERSION ${PROJECT_VERSION})
find_package(Git QUIET)
if(Git_FOUND AND EXISTS ${CMAKE_SOURCE_DIR}/.git)
    execute_process(COMMAND ${GIT_EXECUTABLE} describe --tags --match "v[0-9]*" --dirty
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE described
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE undescribed)
    if(undescribed EQUAL 0)
        string(REGEX REPLACE "^v" "" RZ_VERSION "${described}")
    endif()
endif()
