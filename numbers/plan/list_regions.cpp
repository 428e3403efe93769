// Runs while building: the regions that libphonenumber knows, as lines of a C++ list (regions.inc).
#include <phonenumbers/phonenumberutil.h>

#include <cstdio>
#include <set>
#include <string>

int main() {
  std::set<std::string> regions;
  i18n::phonenumbers::PhoneNumberUtil::GetInstance()->GetSupportedRegions(&regions);
  for (const std::string& region : regions) std::printf("\"%s\",\n", region.c_str());
  return regions.empty() ? 1 : 0;
}
