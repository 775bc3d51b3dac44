# SPDX-License-Identifier: GPL-3.0-or-later
# rezone_embed(TARGET NAME FILE…): makes `const char rz_embedded_NAME[]`, the files' text one after
# another, so that the binary needs no installed data to run.
function(rezone_embed target name)
    set(output ${CMAKE_BINARY_DIR}/embedded/${name}.c)
    set(text "")
    foreach(file IN LISTS ARGN)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
        file(READ ${file} content HEX)
        string(REGEX REPLACE "(................................)" "\\1\n" content "${content}")
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${content}")
        string(APPEND text "${bytes}")
    endforeach()
    file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"/* Made from @ARGN@. */
extern const char rz_embedded_@name@[];
const char rz_embedded_@name@[] = {
@text@    0};
")
    target_sources(${target} PRIVATE ${output})
endfunction()
