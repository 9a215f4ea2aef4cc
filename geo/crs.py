"""The two coordinate reference systems of the project."""

from typing import Final

# JGD2011, longitude and latitude in degrees: what Japanese public data are published in. Within the precision of
# our data (1e-4 degree, some 10 m) it is the same as WGS84, which web maps expect.
GEOGRAPHIC_CRS: Final = "EPSG:6668"

# Lambert azimuthal equal-area about the middle of Hokkaido, on the ellipsoid of JGD2011, in metres. Areas are exact
# anywhere; lengths are wrong by less than 0.1 % up to the farthest island (300 km away), so buffers and grids may
# use it too. The plane rectangular zones (XI to XIII) would cut Hokkaido in three, and UTM is not equal-area.
EQUAL_AREA_CRS: Final = "+proj=laea +lat_0=43.4 +lon_0=142.8 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +no_defs +type=crs"
