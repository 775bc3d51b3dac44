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

# rezone_embed_pages(TARGET FILE…): embeds pages of docs/, and makes the list of them by name that
# cli/help_topics.h declares.
function(rezone_embed_pages target)
    set(declarations "")
    set(rows "")
    foreach(file IN LISTS ARGN)
        get_filename_component(name ${file} NAME_WE)
        string(MAKE_C_IDENTIFIER page_${name} symbol)
        rezone_embed(${target} ${symbol} ${file})
        string(APPEND declarations "extern const char rz_embedded_${symbol}[];\n")
        list(APPEND rows "${name}")
    endforeach()
    list(SORT rows)
    set(entries "")
    foreach(name IN LISTS rows)
        string(MAKE_C_IDENTIFIER page_${name} symbol)
        string(APPEND entries "    {\"${name}\", rz_embedded_${symbol}},\n")
    endforeach()
    set(output ${CMAKE_BINARY_DIR}/embedded/help_pages.c)
    file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"/* The pages of `rezone help`. */
#include \"cli/help_topics.h\"

@declarations@const struct rz_help_page rz_help_pages[] = {
@entries@    {0},
};
")
    target_sources(${target} PRIVATE ${output})
endfunction()
