"""On-device models. Native libraries are imported inside ``load()``, so importing this package costs nothing."""
