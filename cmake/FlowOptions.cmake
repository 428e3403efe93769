# Language level, warnings, sanitizers, linker and compiler cache: for every target of the project.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
# The shared libraries that are loaded on demand (the JIT) lie beside the programs.
set(CMAKE_BUILD_RPATH "$ORIGIN")
set(CMAKE_INSTALL_RPATH "$ORIGIN")

set(FLOW_SANITIZE "" CACHE STRING "sanitizers for -fsanitize=, e.g. address,undefined")
option(FLOW_FUZZ "build the libFuzzer targets in tests/fuzz" OFF)
option(FLOW_TIDY "run clang-tidy on every file" OFF)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
                    -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12 uses its own deprecated get_temporary_buffer inside std::stable_sort.
  add_compile_options(-Wno-deprecated-declarations)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside libstdc++, fmt and GoogleTest's macros, where nothing is wrong; clang sees real ones.
  add_compile_options(-Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
                      -Wno-array-bounds -Wno-dangling-pointer -Wno-dangling-else -Wno-free-nonheap-object)
endif()
if(FLOW_SANITIZE)
  add_compile_options(-fsanitize=${FLOW_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FLOW_SANITIZE})
  if(FLOW_SANITIZE MATCHES "undefined")
    # LLVM and ANTLR are built without RTTI that matches ours.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()
# What is kept on disk for the next start is of one build (compiler/jit/build_id.h).
add_link_options(-Wl,--build-id=sha1)
if(FLOW_TIDY)
  find_program(CLANG_TIDY_PROGRAM NAMES clang-tidy-19 REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY ${CLANG_TIDY_PROGRAM})
endif()

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(GTest REQUIRED)
