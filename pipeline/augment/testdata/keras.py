"""Writes keras.json: what Keras' layers make of an image with given random parameters."""
import os, json, sys
os.environ["KERAS_BACKEND"]="jax"
import numpy as np, keras
from keras import layers as L
H,W,C=6,5,3
def image(c=3):
    i=np.arange(H*W*c,dtype=np.float64)
    # the same formula in the test
    return ((i*i*7+i*31)%251).astype("float32").reshape(H,W,c)
cases=[]
def add(kind, body, params, layer, transformation, scale=1.0, c=3):
    img=image(c)*np.float32(scale)
    out=np.array(layer.transform_images(keras.ops.convert_to_tensor(img[None]), transformation, training=True))[0]
    cases.append(dict(kind=kind, body=body, params=[float(p) for p in params], scale=scale, channels=c, want=[float("%.7g"%v) for v in out.reshape(-1)]))
T=lambda *a: keras.ops.convert_to_tensor(np.array(a,dtype="float32"))
N=1/255
for scale,vr in ((1.0,""),(N,"value_range = [0, 1]\n")):
    kw={} if scale==1 else dict(value_range=(0,1))
    m=255*scale
    add("random_brightness",vr+"factor = 0.2",[0.3*m],L.RandomBrightness(0.2,**kw),{"rgb_delta":T(0.3*m).reshape(1,1,1,1)},scale)
    add("random_contrast",vr+"factor = 0.2",[1.4],L.RandomContrast(0.2,**kw),{"contrast_factor":T(1.4).reshape(1,1,1,1)},scale)
    for f in (0.2,-0.45): add("random_hue",vr+"factor = 0.2",[f],L.RandomHue(0.2,**kw),{"factor":T(f)},scale)
    for f in (0.3,2.5): add("random_saturation",vr+"factor = 0.2",[f],L.RandomSaturation(0.2,**kw),{"factor":T(f)},scale)
    for f in (0.3,-0.5): add("random_color_degeneration",vr+"factor = 0.2",[f],L.RandomColorDegeneration(0.2,**kw),{"factor":T(f).reshape(1,1,1,1)},scale)
    for f in (0.1,0.9): add("random_sharpness",vr+"factor = 0.2",[f],L.RandomSharpness(0.2,**kw),{"factor":T(f)},scale)
    add("random_posterization",vr+"factor = 3",[5],L.RandomPosterization(3,**kw),{"shift_factor":keras.ops.convert_to_tensor(np.array([5],"uint8"))},scale)
    add("random_invert",vr,[],L.RandomInvert(1.0,**kw),{"apply_inversion":keras.ops.convert_to_tensor(np.array([True]))},scale)
    add("solarization",vr,[20,100],L.Solarization(**kw),{"additions":T(20).reshape(1,1,1,1),"thresholds":T(100).reshape(1,1,1,1)},scale)
    add("equalization",vr,[],L.Equalization(**kw),None,scale)
    add("auto_contrast",vr,[],L.AutoContrast(**kw),None,scale)
    for ks,body in ((3,""),((5,3),"kernel_size = [5, 3]\n")):
        add("random_gaussian_blur",vr+body,[0.8,0.4],L.RandomGaussianBlur(kernel_size=ks,**kw),{"should_apply_blur":keras.ops.convert_to_tensor(np.array([True])),"blur_factor":T(0.8,0.4)},scale)
add("equalization","bins = 16",[],L.Equalization(bins=16),None)
add("auto_contrast","",[],L.AutoContrast(),None,0.0)
add("random_grayscale","factor = 1",[],L.RandomGrayscale(1.0),keras.ops.convert_to_tensor(np.array([True]).reshape(1,1,1,1)))
for fill,body in ((120,"fill_value = 120"),(300,"fill_value = 300")):
    l=L.RandomErasing(fill_value=fill)
    shape=(1,H,W,C); b=(0.7,3.2,1.0,4.5)
    tr=dict(batch_masks=l._generate_batch_mask(shape,tuple(T(v) for v in b)),apply_erasing=keras.ops.convert_to_tensor(np.array([True])),fill_value=l._get_fill_value(keras.ops.zeros(shape),shape,None))
    add("random_erasing",body,b,l,tr)
for mode in ("reflect","wrap","constant","nearest"):
    for interp in ("bilinear","nearest"):
        kw=dict(fill_mode=mode,interpolation=interp,fill_value=9.0)
        body='fill_mode = "%s"\ninterpolation = "%s"\nfill_value = 9\n'%(mode,interp)
        for c in ((1,) if interp=="nearest" else (3,)):
            l=L.RandomRotation(0.2,**kw)
            ang=T(33.0 if mode!="wrap" else -70.0)
            mat=l._compute_affine_matrix(center_x=0.5,center_y=0.5,angle=ang,translate_x=T(0),translate_y=T(0),scale=T(1),shear_x=T(0),shear_y=T(0),height=H,width=W)
            add("random_rotation",body+"factor = 0.2",[float(ang[0])],l,{"rotation_matrix":mat},c=c)
            l=L.RandomZoom(0.2,**kw); wz,hz=T(1.37),T(0.71)
            add("random_zoom",body+"height_factor = 0.2",[1.37,0.71],l,{"width_zoom":wz[None],"height_zoom":hz[None],"input_shape":(1,H,W,c)},c=c)
            l=L.RandomShear(0.2,0.2,**kw)
            add("random_shear",body,[0.37,-0.21],l,{"shear_factor":T(0.37,-0.21)[None],"input_shape":(1,H,W,c)},c=c)
            l=L.RandomTranslation(0.2,0.2,**kw)
            add("random_translation",body+"height_factor = 0.2\nwidth_factor = 0.2",[1.3,-2.6],l,{"translations":T(1.3,-2.6)[None],"input_shape":(1,H,W,c)},c=c)
for interp in ("bilinear","nearest"):
    l=L.RandomPerspective(interpolation=interp,fill_value=7.0)
    sp=np.array([[0,0],[W-1,0],[0,H-1],[W-1,H-1]],"float32"); f=np.array([[.3,.1],[-.2,.4],[.1,-.25],[.2,-.1]],"float32")
    ep=sp+sp*f
    add("random_perspective",'interpolation = "%s"\nfill_value = 7'%interp,ep.reshape(-1),l,{"apply_perspective":keras.ops.convert_to_tensor(np.array([True])),"start_points":T(*sp)[None],"end_points":T(*ep)[None],"input_shape":(1,H,W,3)},scale=0.01)
l2=L.AugMix()
# aug_mix of given chains: nothing, auto_contrast + equalization, equalization
tr=dict(chain_mixing_weights=T(0.2,0.5,0.3),weight_sample=T(0.4)[0],chain_transforms=[[],[dict(layer_name="auto_contrast",transformation=None),dict(layer_name="equalization",transformation=None)],[dict(layer_name="equalization",transformation=None)]])
add("aug_mix","",[0.2,0.5,0.3,0.4],l2,tr)
json.dump(cases,open(sys.argv[1],"w"),separators=(",",":"))
print(len(cases), os.path.getsize(sys.argv[1]))
