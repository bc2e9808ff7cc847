# Run by CPack before it makes the packages: puts the configuration where an
# installation below a prefix has none, and Debian's notes beside each package.
set(read_by_all OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
# Not file(INSTALL), which CPack's DESTDIR would send elsewhere.
set(service ${CPACK_TEMPORARY_DIRECTORY}/service)
if(EXISTS ${service})
  file(COPY ${CPACK_COLLATE_SOURCE}/deploy/systemd/collated.textproto
    DESTINATION ${service}/etc/collate FILE_PERMISSIONS ${read_by_all})
endif()
foreach(component service client sdk)
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${component})
  if(EXISTS ${root})
    set(notes ${root}/usr/share/doc/collate-${component})
    file(MAKE_DIRECTORY ${notes})
    file(COPY_FILE ${CPACK_COLLATE_SOURCE}/LICENSE ${notes}/copyright)
    execute_process(
      COMMAND ${CPACK_COLLATE_SOURCE}/deploy/sbom ${root}/usr
        collate-${component} ${CPACK_PACKAGE_VERSION}
      OUTPUT_FILE ${notes}/sbom.cdx.json
      RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "deploy/sbom failed for ${component}")
    endif()
    file(CHMOD ${notes}/copyright ${notes}/sbom.cdx.json
      PERMISSIONS ${read_by_all})
  endif()
endforeach()
