# SPDX-License-Identifier: GPL-3.0-or-later
# What is installed, and packages of it: `cpack -G DEB`, `-G RPM`, `-G TGZ` in the build directory.
install(TARGETS rezone RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY schemas examples DESTINATION ${CMAKE_INSTALL_DATADIR}/rezone)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN man EXCLUDE)
install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 FILES_MATCHING PATTERN "*.5")
install(FILES reconciler/cli/completion/rezone.bash RENAME rezone
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES reconciler/cli/completion/rezone.zsh RENAME _rezone
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES reconciler/cli/completion/rezone.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES README.md LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The library: static archives by layer, public headers, rezone.pc.
if(RZ_LIBRARY)
    install(TARGETS rezone_model rezone_providers rezone_reconciler
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    # Headers that need an internal one are of their layer alone.
    foreach(layer model providers reconciler)
        file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/${layer} ${layer}/*.h)
        list(FILTER headers EXCLUDE REGEX "internal\\.h$|^cli/")
        foreach(header IN LISTS headers)
            file(STRINGS ${layer}/${header} internal REGEX "#include \".*internal\\.h\"|#include \"cli/")
            get_filename_component(folder ${header} DIRECTORY)
            if(NOT internal)
                install(FILES ${layer}/${header}
                    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rezone/${folder})
            endif()
        endforeach()
    endforeach()
    # The tree may be moved: the prefix is found from where rezone.pc lies.
    file(RELATIVE_PATH RZ_PREFIX_FROM_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    configure_file(cmake/rezone.pc.in ${CMAKE_BINARY_DIR}/rezone.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/rezone.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()

set(CPACK_PACKAGE_NAME rezone)
set(CPACK_PACKAGE_VENDOR rezone)
set(CPACK_PACKAGE_CONTACT "The rezone maintainers <rezone@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Keeps DNS in git: plans, applies, verifies and rolls back zones")
set(CPACK_PACKAGE_DESCRIPTION "Zones are YAML files and templates; rezone compares them with the live
servers, shows what would change, applies it, asks every authoritative server, and puts back what was
there if anything is not as the files say.")
# Neither format takes a dash in the version proper: 0.1.0-3-gabc becomes 0.1.0+3+gabc.
string(REPLACE "-" "+" CPACK_PACKAGE_VERSION "${RZ_VERSION}")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_RESOURCE_FILE_README ${CMAKE_SOURCE_DIR}/README.md)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE GPL-3.0-or-later)
set(CPACK_RPM_PACKAGE_REQUIRES ca-certificates)
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /usr/share/man /usr/share/man/man1 /usr/share/man/man5
    /usr/share/fish /usr/share/fish/vendor_completions.d /usr/share/zsh /usr/share/zsh/site-functions
    /usr/share/bash-completion /usr/share/bash-completion/completions)
include(CPack)
