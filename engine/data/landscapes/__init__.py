"""Landscapes rendered by light transport, with exact layouts, instances and depth: the project's own photographs.

A seed decides everything about a scene. Only `render` needs the module ``bpy`` (Blender's Cycles), and imports it when
it is called; terrain, skies, plants and labels are numpy alone.

Convention:
    Metres; x to the right of the camera, y ahead of it, z up, the camera above (0, 0). Azimuths are clockwise from y.
    Colours are linear Rec. 709 unless called sRGB.
"""
