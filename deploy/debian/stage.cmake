# Run by CPack before it makes the packages: puts the configuration where an
# installation below a prefix has none, and Debian's notes beside each package.
set(service ${CPACK_TEMPORARY_DIRECTORY}/service)
if(EXISTS ${service})
  file(INSTALL ${CPACK_COLLATE_SOURCE}/deploy/systemd/collated.textproto
    DESTINATION ${service}/etc/collate)
endif()
foreach(component service client sdk)
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${component})
  if(EXISTS ${root})
    set(notes ${root}/usr/share/doc/collate-${component})
    file(INSTALL ${CPACK_COLLATE_SOURCE}/LICENSE DESTINATION ${notes}
      RENAME copyright)
    if(EXISTS ${CPACK_COLLATE_SOURCE}/deploy/sbom)
      execute_process(
        COMMAND ${CPACK_COLLATE_SOURCE}/deploy/sbom ${root}/usr
          collate-${component} ${CPACK_PACKAGE_VERSION}
        OUTPUT_FILE ${notes}/sbom.cdx.json
        RESULT_VARIABLE failed)
      if(failed)
        message(FATAL_ERROR "deploy/sbom failed for ${component}")
      endif()
    endif()
  endif()
endforeach()
