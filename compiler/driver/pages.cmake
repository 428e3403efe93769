# cmake -DFOLDER=docs/diagnostics -DOUT=pages.inc -P pages.cmake
# The pages of docs/diagnostics as one table, so that `flowc explain` needs no file.
cmake_minimum_required(VERSION 3.25)

set(lines "// Made from docs/diagnostics by pages.cmake; do not edit.\n")
file(GLOB pages ${FOLDER}/F*.md)
foreach(page ${pages})
  get_filename_component(code "${page}" NAME_WE)
  file(READ "${page}" text)
  string(APPEND lines "{\"${code}\", R\"=====(${text})=====\"},\n")
endforeach()
file(WRITE "${OUT}" "${lines}")
