"""The two coordinate reference systems used everywhere."""

GEOGRAPHIC_CRS = "EPSG:6668"  # JGD2011 longitude/latitude; within a metre of WGS84
# Lambert azimuthal equal area centred on Hokkaido: areas are true; distances are within 0.1 % over the island.
EQUAL_AREA_CRS = "+proj=laea +lat_0=43.5 +lon_0=142.8 +ellps=GRS80 +units=m +no_defs"
