# What `cmake --install` puts where, and the Debian package: `cpack -G DEB --config build/release/CPackConfig.cmake`.
include(GNUInstallDirs)

install(TARGETS flow-load flowc flowd flowsim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Loaded on first use, never linked (base/shared_library.h).
install(TARGETS flowjit flownumbers LIBRARY DESTINATION lib/flow)
install(FILES config/flowd.example.toml README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/flow)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/flow FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
install(DIRECTORY flows DESTINATION ${CMAKE_INSTALL_DATADIR}/flow)
# The package's alone: a plain install under a prefix leaves the system as it is.
install(FILES packaging/flowd.toml DESTINATION /etc/flowd PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ
        COMPONENT system EXCLUDE_FROM_ALL)
install(FILES packaging/systemd/flowd.service DESTINATION /lib/systemd/system COMPONENT system EXCLUDE_FROM_ALL)

set(CPACK_PACKAGE_NAME flow)
set(CPACK_PACKAGE_CONTACT "the flow developers <flow@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "compiler and durable runtime for message flows")
set(CPACK_PACKAGE_DESCRIPTION
    "flowc checks, proves and compiles message flows written as text; flowd runs them\ndurably: channels, receipts, timeouts, fallbacks. flowsim plays the providers for tests.")
set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};flow;ALL;/" "${CMAKE_BINARY_DIR};flow;system;/")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY} ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/debian/postinst ${CMAKE_SOURCE_DIR}/packaging/debian/prerm
    ${CMAKE_SOURCE_DIR}/packaging/debian/postrm ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
