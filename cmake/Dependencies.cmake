# SPDX-License-Identifier: GPL-3.0-or-later
# Libraries, by layer, all through pkg-config.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(rezone_require variable)
    set(targets)
    foreach(module IN LISTS ARGN)
        string(REGEX REPLACE "[<>=].*" "" name ${module})
        string(MAKE_C_IDENTIFIER ${name} name)
        pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
        list(APPEND targets PkgConfig::${name})
    endforeach()
    set(${variable} ${targets} PARENT_SCOPE)
endfunction()

# Archives instead of shared libraries, for a program that asks less of the machine it is copied to.
# What needs further libraries, or is mended by the system's updates (TLS, HTTP), stays shared.
function(rezone_link_archive module archive)
    string(MAKE_C_IDENTIFIER ${module} name)
    find_library(RZ_ARCHIVE_${name} NAMES ${archive})
    if(RZ_ARCHIVE_${name} AND TARGET PkgConfig::${name})
        set_target_properties(PkgConfig::${name} PROPERTIES
            INTERFACE_LINK_LIBRARIES ${RZ_ARCHIVE_${name}})
    else()
        message(STATUS "RZ_STATIC: ${module} has no archive here and stays shared")
    endif()
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
if(RZ_STATIC)
    rezone_link_archive(yaml-0.1 libyaml.a)
    rezone_link_archive(jansson libjansson.a)
    rezone_link_archive(libxxhash libxxhash.a)
    rezone_link_archive(sqlite3 libsqlite3.a)
    # What libknot's archive keeps databases with: its words for errors ask for it.
    find_library(RZ_LMDB NAMES liblmdb.a lmdb liblmdb.so.0)
    if(RZ_LMDB)
        rezone_link_archive(libknot libknot.a)
        set_property(TARGET PkgConfig::libknot APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${RZ_LMDB})
    else()
        message(STATUS "RZ_STATIC: there is no lmdb here, so libknot stays shared")
    endif()
    rezone_link_archive(libzscanner libzscanner.a)
    rezone_link_archive(libdnssec libdnssec.a)
    pkg_check_modules(gnutls REQUIRED IMPORTED_TARGET GLOBAL gnutls) # libdnssec's
    list(APPEND RZ_MODEL_LIBRARIES PkgConfig::gnutls)
endif()
