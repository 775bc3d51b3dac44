# SPDX-License-Identifier: GPL-3.0-or-later
# Libraries, by layer, all through pkg-config.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(rezone_require variable)
    set(targets)
    foreach(module IN LISTS ARGN)
        string(MAKE_C_IDENTIFIER ${module} name)
        pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
        list(APPEND targets PkgConfig::${name})
    endforeach()
    set(${variable} ${targets} PARENT_SCOPE)
endfunction()

rezone_require(RZ_MODEL_LIBRARIES
    yaml-0.1 jansson libxxhash openssl libknot>=3.2 libzscanner>=3.2 libdnssec libidn2 libpsl)
list(APPEND RZ_MODEL_LIBRARIES m)
rezone_require(RZ_PROVIDERS_LIBRARIES libcurl)
list(APPEND RZ_PROVIDERS_LIBRARIES Threads::Threads)
rezone_require(RZ_RECONCILER_LIBRARIES sqlite3 libpq libmicrohttpd libgit2)
if(RZ_TESTS)
    rezone_require(RZ_TEST_LIBRARIES criterion)
endif()
