# Debian packages by CPack:
#   cpack --config build/release/CPackConfig.cmake -B DIR
# collate-service, collate-client and collate-sdk, of the three components that
# `cmake --install` knows.
install(FILES ${PROJECT_SOURCE_DIR}/deploy/systemd/collated.service
  DESTINATION lib/systemd/system COMPONENT service)
install(FILES ${PROJECT_SOURCE_DIR}/deploy/systemd/collate.sysusers
  DESTINATION lib/sysusers.d RENAME collate.conf COMPONENT service)
install(FILES ${PROJECT_SOURCE_DIR}/service/README.md
  ${PROJECT_SOURCE_DIR}/deploy/UPGRADE.md
  ${PROJECT_SOURCE_DIR}/protos/collate/config/v1/config.proto
  DESTINATION share/doc/collate-service COMPONENT service)
install(FILES ${PROJECT_SOURCE_DIR}/client/README.md
  DESTINATION share/doc/collate-client COMPONENT client)
install(FILES ${PROJECT_SOURCE_DIR}/plugins/README.md
  DESTINATION share/doc/collate-sdk COMPONENT sdk)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME collate)
set(CPACK_PACKAGE_VENDOR "the collate project")
set(CPACK_PACKAGE_CONTACT "the collate project <collate@localhost>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})  # cpack -R takes another
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COLLATE_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/stage.cmake)
set(CPACK_COMPONENTS_ALL service client sdk)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_SERVICE_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_CLIENT_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION devel)
set(CPACK_COMPONENT_SERVICE_DESCRIPTION
"statistics with coverage, bounds and citations: the service
collated reads what publishers print, keeps each number with the cell it came
from, and answers aggregate questions over gRPC.")
set(CPACK_COMPONENT_CLIENT_DESCRIPTION
"statistics with coverage, bounds and citations: the command line
collate asks a collated, and loads documents into it.")
set(CPACK_COMPONENT_SDK_DESCRIPTION
"statistics with coverage, bounds and citations: kit for adapters
Headers, a CMake package, a template and a conformance check for those who
write adapters of their own publishers' formats.")
set(CPACK_DEBIAN_SERVICE_PACKAGE_DEPENDS
  "init-system-helpers, systemd | systemd-standalone-sysusers | adduser")
set(CPACK_DEBIAN_SERVICE_PACKAGE_RECOMMENDS collate-client)
set(CPACK_DEBIAN_SDK_PACKAGE_RECOMMENDS "collate-service, cmake, g++")
foreach(script postinst prerm postrm conffiles)
  list(APPEND CPACK_DEBIAN_SERVICE_PACKAGE_CONTROL_EXTRA
    ${CMAKE_CURRENT_LIST_DIR}/${script})
endforeach()
include(CPack)
