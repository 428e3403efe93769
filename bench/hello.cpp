// The baseline of bench_startup: a C++ program that does nothing but start, print a line and end.
#include <cstdio>

int main() {
  return std::puts("hello") < 0 ? 1 : 0;
}
